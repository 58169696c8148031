#pragma once

// Every public header includes this one before anything of its own.
#if __cplusplus < 202002L
#error "This library needs C++20: compile with -std=c++20 or later"
#endif
