#pragma once

#include <string_view>

#include "inspector.hpp"

/// Explains WebSocket frames that follow one another, and the messages in them. The mask tells who
/// sent a frame, so that the frames of both sides may stand in one text.
void inspect_frames(std::string_view bytes, inspection& found);
