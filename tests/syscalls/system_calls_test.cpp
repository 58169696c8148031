// Each system call of the server that can fail is made to fail once, in the middle of a scenario
// with clients of all kinds. Afterwards nothing may hang, leak or end the process, and the server
// serves the next client as usual.
#include "faults.hpp"

#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include <socketio/form.hpp>
#include <socketio/server.hpp>
#include <socketio/websocket.hpp>

#include "../integration/certificate.hpp"
#include "../integration/server_fixture.hpp"

namespace {

using namespace integration;
using namespace std::chrono_literals;

std::size_t open_descriptors() {
  const faults::exempt ours;
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Most calls of one function that are made to fail.
constexpr std::size_t most_positions = 16;

/// Waits until a condition holds; false if it does not in time.
bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// --- What the server serves

class system_calls : public ::testing::Test {
 protected:
  system_calls() {
    tls = make_certificate(folder.path());
    std::filesystem::create_directories(folder.path() / "public");
    std::filesystem::create_directories(folder.path() / "uploads");
    std::ofstream(folder.path() / "public" / "small.txt") << "small";
    std::ofstream(folder.path() / "public" / "large.txt") << large;
  }

  /// A server with two threads.
  struct running_server {
    explicit running_server(const system_calls& test) : io(options(test)) {
      io.on_error([](auto&&...) {});
      io.on("connection", [](const socketio::socket& socket) {
        socket.on("echo", [](const std::string& text, const socketio::ack& reply) { reply(text); });
      });
      io.http().serve_folder("/files/", test.folder.path() / "public");
      socketio::form_options forms;
      forms.folder = test.folder.path() / "uploads";
      io.http().form("/form", forms,
                     [](const socketio::http_request&, const socketio::form& received,
                        const socketio::http_reply& reply) {
                       std::error_code ignored;
                       for (const auto& file : received.files) {
                         std::filesystem::remove(file.path, ignored);
                       }
                       reply(socketio::http_response(200, "text/plain", "received"));
                     });
      io.close_on_signal();
      socketio::listen_options listen;
      listen.host = "127.0.0.1";
      plain.port = io.listen(listen);
      listen.tls = test.tls;
      secure.port = io.listen(listen);
      secure.tls = true;
      socketio::listen_options local_options;
      local_options.unix_socket = local.unix_socket = test.folder.path() / "socket";
      io.listen(local_options);
    }

    static socketio::server_options options(const system_calls& test) {
      auto chosen = options_with(2);
      chosen.close_timeout = 500ms;
      chosen.connection_state_recovery.emplace();
      chosen.storage =
          socketio::event_storage(test.folder.path() / "events", socketio::sync_policy::always);
      return chosen;
    }

    endpoint plain;
    endpoint secure;
    endpoint local;
    socketio::server io;
  };

  /// The clients, one after the other. A client whose connection is cut off throws.
  std::vector<std::pair<std::string, std::function<void(const running_server&)>>> clients() {
    return {
        {"files",
         [](const running_server& server) {
           http_client client(server.plain);
           require(client.get("/files/small.txt").body == "small");
           require(client.get("/files/large.txt").body == large);
         }},
        {"form",
         [](const running_server& server) {
           const std::string body =
               "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\n" +
               std::string(1000, 'f') + "\r\n--x--\r\n";
           http_client client(server.plain);
           require(client
                       .request("POST", "/form", body,
                                "Content-Type: multipart/form-data; boundary=x\r\n")
                       .body == "received");
         }},
        {"polling and its upgrade",
         [](const running_server& server) {
           auto transport = std::make_unique<polling_client>(server.plain);
           const auto target = transport->target();
           const auto sid = transport->sid();
           socket_client client(std::move(transport));
           client.connect();
           require(client.ask(R"(["echo","polled"])") == R"(["polled"])");
           websocket_client upgraded(server.plain,
                                     "/socket.io/?EIO=4&transport=websocket&sid=" + sid);
           upgraded.send("2probe");
           require(data_of(upgraded.next()) == "3probe");
           upgraded.send("5");
           upgraded.send(R"(429["echo","upgraded"])");
           require(data_of(upgraded.next()) == R"(439["upgraded"])");
           upgraded.close();
           while (upgraded.next()) {
           }
         }},
        {"websocket over TLS",
         [](const running_server& server) {
           socket_client client(server.secure);
           client.connect();
           require(client.ask(R"(["echo","secret"])") == R"(["secret"])");
         }},
        {"a Unix domain socket",
         [](const running_server& server) {
           require(http_client(server.local).get("/files/small.txt").body == "small");
         }},
    };
  }

  struct failed_check : std::runtime_error {
    failed_check() : std::runtime_error("another answer than the one expected") {}
  };
  static void require(bool condition) {
    if (!condition) throw failed_check();
  }
  static std::string data_of(const std::optional<message>& received) {
    return received ? received->data : "(end)";
  }

  /// Runs the server for all clients while one call fails, and checks what is left.
  /// @return how often each function was called
  std::map<std::string, std::size_t, std::less<>> run_scenario(const std::string& what) {
    const faults::exempt ours;
    SCOPED_TRACE(what);
    leave_stale_socket();
    const auto before = open_descriptors();
    std::unique_ptr<running_server> server;
    try {
      const faults::subject of_the_test;
      server = std::make_unique<running_server>(*this);
    } catch (const std::exception&) {
      EXPECT_TRUE(faults::happened()) << "a server that cannot be made although nothing failed";
    }
    if (server) serve_clients(*server);
    {
      const faults::subject of_the_test;
      server.reset();
    }
    const auto counts = faults::counts();
    faults::reset();
    EXPECT_EQ(open_descriptors(), before) << "descriptors are left open";
    remove_left_files();
    return counts;
  }

  void serve_clients(running_server& server) {
    channel<bool> finished;
    std::thread thread([&] {
      try {
        server.io.run();
      } catch (const std::exception&) {
        server.io.run();  // a thread could not be started at the first attempt
      }
      const faults::exempt ended;
      finished.push(true);
    });
    const auto all = clients();
    std::vector<std::string> cut_off;
    for (const auto& [name, talk] : all) {
      const auto begin = std::chrono::steady_clock::now();
      try {
        talk(server);
      } catch (const std::exception& error) {
        cut_off.push_back(name + ": " + error.what());
      }
      EXPECT_LT(std::chrono::steady_clock::now() - begin, patience) << name << " had to wait";
    }
    EXPECT_LE(cut_off.size(), faults::happened() ? 1U : 0U) << ::testing::PrintToString(cut_off);
    {
      const faults::pause nothing_fails;
      for (const auto& [name, talk] : all) {
        try {
          talk(server);
        } catch (const std::exception& error) {
          ADD_FAILURE() << name << " afterwards: " << error.what();
        }
      }
      EXPECT_TRUE(eventually([&] { return server.io.http().connections_count() == 0; }))
          << server.io.http().connections_count() << " connections are left";
    }
    {
      const faults::subject of_the_test;
      server.io.close();
    }
    bool ended = false;
    try {
      ended = finished.pop();
    } catch (const std::exception&) {
      // Nothing may be destroyed while the server runs.
      std::fputs("run() does not return\n", stderr);
      std::abort();
    }
    EXPECT_TRUE(ended);
    thread.join();
  }

  /// A socket file that nobody listens on, as a server that was killed leaves it.
  void leave_stale_socket() const {
    const faults::exempt ours;
    const auto path = (folder.path() / "socket").string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ::close(left);
  }

  /// The server leaves what it has stored, and files that it failed to remove.
  void remove_left_files() const {
    const faults::exempt ours;
    std::error_code ignored;
    std::filesystem::remove(folder.path() / "socket", ignored);
    std::filesystem::remove_all(folder.path() / "events", ignored);
    for (const auto& left : std::filesystem::directory_iterator(folder.path() / "uploads")) {
      std::filesystem::remove(left.path(), ignored);
    }
  }

  /// Runs the scenario while one call fails.
  void fail(std::string_view name, int error, std::size_t position) {
    if (HasFailure()) return;
    const faults::exempt ours;
    faults::plan(name, error, position);
    run_scenario("call " + std::to_string(position) + " of " + std::string(name) +
                 " fails: " + std::to_string(error));
  }

  static inline const std::string large = std::string(200'000, 'x');

  temporary_folder folder;
  socketio::tls_options tls;
};

/// Some of the positions from 1 to the last: the first ones, where servers are set up, and others
/// at equal distances.
std::vector<std::size_t> positions_up_to(std::size_t last, std::size_t most) {
  std::set<std::size_t> chosen;
  for (std::size_t i = 1; i <= std::min(last, most / 2); ++i) chosen.insert(i);
  for (std::size_t i = 0; i < most / 2 && last > 0; ++i) {
    chosen.insert(1 + i * (last - 1) / (most / 2));
  }
  return {chosen.begin(), chosen.end()};
}

TEST_F(system_calls, that_fail_cost_one_client_at_most) {
  faults::reset();
  const auto counts = run_scenario("nothing fails");
  std::set<std::string_view> unused;
  for (const auto& [name, errors] : faults::wrapped_functions()) {
    if (!counts.contains(name)) unused.insert(name);
  }
  // What stands in for O_TMPFILE where a file system has not got it.
  EXPECT_EQ(unused, std::set<std::string_view>{"rename"});
  for (const auto& [name, errors] : faults::wrapped_functions()) {
    const auto count = counts.find(name);
    if (count == counts.end()) continue;
    for (const auto error : errors) fail(name, error, 1);
    const auto positions = positions_up_to(count->second, most_positions);
    for (std::size_t i = 0; i < positions.size(); ++i) {
      fail(name, errors[i % errors.size()], positions[i]);
    }
  }
}

// --- No system call is forgotten

std::vector<std::string> lines_of(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"),
                                                             ::pclose);
  std::vector<std::string> lines;
  std::array<char, 4096> line{};
  while (pipe && std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
    std::string_view name = line.data();
    name = name.substr(0, name.find_first_of(" @\n"));
    if (!name.empty()) lines.emplace_back(name);
  }
  return lines;
}

// The functions of the C library that the library's objects use and that the test does not fail.
TEST(imports, are_wrapped_or_cannot_fail) {
  const std::set<std::string, std::less<>> cannot_fail = {
      // Make no system call.
      "__assert_fail", "__cxa_atexit", "__errno_location", "__libc_single_threaded", "abort",
      "aligned_alloc", "atoi", "bcmp", "free", "freeaddrinfo", "gai_strerror", "gmtime_r", "htonl",
      "htons", "if_nametoindex", "inet_ntop", "inet_pton", "ldexp", "localeconv", "memchr",
      "memcmp", "memcpy", "memmove", "memset", "newlocale", "ntohs", "sigfillset", "snprintf",
      "strchr", "strcmp", "strerror", "strerror_r", "strftime", "strlen", "strncpy", "strtod",
      "strtod_l", "strtol", "strtoll", "strtoull", "vsnprintf",
      // Do not fail with the arguments given.
      "clock_gettime", "fcntl", "getpid", "getsockopt", "gettimeofday", "ioctl", "sched_yield",
      "sigaction", "timerfd_settime", "pthread_cond_broadcast", "pthread_cond_clockwait",
      "pthread_cond_destroy", "pthread_cond_init", "pthread_cond_signal", "pthread_cond_wait",
      "pthread_condattr_destroy", "pthread_condattr_init", "pthread_condattr_setclock",
      "pthread_detach", "pthread_join", "pthread_mutex_destroy", "pthread_mutex_init",
      "pthread_mutex_lock", "pthread_mutex_unlock", "pthread_once", "pthread_self",
      "pthread_sigmask",
      // Of Asio, for its own non-blocking descriptors, or where a newer function is missing.
      "epoll_create", "pause", "poll", "read", "syscall"};
  std::set<std::string, std::less<>> wrapped;
  for (const auto& function : faults::wrapped_functions()) wrapped.emplace(function.name);

  ::Dl_info c_library{};
  ASSERT_NE(::dladdr(reinterpret_cast<const void*>(&::getenv), &c_library), 0);
  const auto exported =
      lines_of("nm -D --defined-only --format=posix " + std::string(c_library.dli_fname));
  ASSERT_GT(exported.size(), 1000U);
  const std::set<std::string, std::less<>> of_c(exported.begin(), exported.end());
  const auto imported = lines_of("nm --undefined-only --format=posix " SOCKETIO_LIBRARY);
  ASSERT_GT(imported.size(), 100U);
  for (const auto& name : std::set<std::string>(imported.begin(), imported.end())) {
    if (!of_c.contains(name)) continue;
    EXPECT_TRUE(wrapped.contains(name) || cannot_fail.contains(name))
        << name << " may make a system call: wrap it in faults.cpp, or say why it cannot fail";
  }
  EXPECT_TRUE(std::find(imported.begin(), imported.end(), "accept4") != imported.end());
}

}  // namespace
