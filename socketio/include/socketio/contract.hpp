#pragma once

/// Events that an application declares once, as a contract. With it a wrong name, value or answer
/// does not compile, on either side of emit() and on().
///
///     struct chat {
///       using client_to_server =
///           socketio::events<socketio::event<"chat message", void(std::string)>,
///                            socketio::event<"sum", int(int, int)>>;
///       using server_to_client =
///           socketio::events<socketio::event<"chat message", void(std::string)>>;
///     };
///
/// A contract may also have a list `server_side`, of the events between the servers of a cluster.
/// <socketio/contract_documents.hpp> writes the types of a contract for TypeScript, and as an
/// AsyncAPI document.

#include <socketio/disconnect_reason.hpp>
#include <socketio/events.hpp>
#include <socketio/typed_ack.hpp>
#include <socketio/typed_emitter.hpp>
#include <socketio/typed_namespace.hpp>
#include <socketio/typed_socket.hpp>
