#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Makes a system call of the server fail. The linker wraps each function of wrapped_functions()
/// (--wrap), so that the server's calls come here.
namespace faults {

/// A transfer that moves one byte, instead of an error.
inline constexpr int short_transfer = -1;

/// A function of the C library, or of OpenSSL, that makes a system call.
struct function {
  std::string_view name;
  /// What it may fail with: errno, or what it returns where that is no errno.
  std::vector<int> errors;
};

/// Every function whose failure is tried.
[[nodiscard]] const std::vector<function>& wrapped_functions();

/// Makes one call fail; all others succeed as usual.
/// @param number which call of the function, from 1 on
void plan(std::string_view name, int error, std::size_t number);
/// Makes no call fail, and resets the counts.
void reset();
/// How often each function has been called since reset().
[[nodiscard]] std::map<std::string, std::size_t, std::less<>> counts();
/// Whether the planned call has come.
[[nodiscard]] bool happened();

/// While it lives the thread's calls are neither counted nor made to fail: the thread is a
/// client's, or runs the test.
class exempt {
 public:
  explicit exempt(bool chosen = true);
  ~exempt();
  exempt(const exempt&) = delete;
  exempt& operator=(const exempt&) = delete;

 private:
  bool before_;
};

/// While it lives the thread's calls are the server's again.
class subject : exempt {
 public:
  subject() : exempt(false) {}
};

/// While it lives no thread's calls are counted or made to fail.
class pause {
 public:
  pause();
  ~pause();
  pause(const pause&) = delete;
  pause& operator=(const pause&) = delete;
};

}  // namespace faults
