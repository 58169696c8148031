// The browser client's files: those in the library, or of a folder. What is in the library, and
// that it is the npm package's, tests/clients checks; tests/packaging, what a library without them
// does.
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "certificate.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;

class client_files : public ::testing::Test {
 protected:
  client_files() : package(made_folder.path()), folder(package / "dist") {
    std::filesystem::create_directory(folder);
  }

  static void write(const std::filesystem::path& path, std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
  }

  [[nodiscard]] socketio::server_options options() const {
    socketio::server_options options;
    options.client_folder = folder;
    return options;
  }

  temporary_folder made_folder;
  std::filesystem::path package;
  std::filesystem::path folder;
};

TEST_F(client_files, come_from_a_folder_instead) {
  write(folder / "socket.io.js", "the client");
  write(folder / "other.js", "something else");
  write(package / "package.json", R"({"version":"1.2.3"})");
  server_fixture server(options());
  const auto running = server.start();
  http_client client(server.where());
  const auto found = client.get("/socket.io/socket.io.js");
  EXPECT_EQ(found.status, 200U);
  EXPECT_EQ(found.body, "the client");
  EXPECT_EQ(found.headers["ETag"], "\"1.2.3\"");
  EXPECT_EQ(client.get("/socket.io/socket.io.js").body, "the client");
  // Neither the library's file, nor what is no file of the client.
  EXPECT_EQ(client.get("/socket.io/socket.io.min.js").status, 404U);
  EXPECT_EQ(client.get("/socket.io/other.js").status, 404U);
}

TEST_F(client_files, need_a_folder_that_has_them) {
  write(folder / "other.js", "something else");
  EXPECT_THROW(socketio::server{options()}, std::invalid_argument);
  std::filesystem::remove_all(folder);
  EXPECT_THROW(socketio::server{options()}, std::invalid_argument);
}

TEST_F(client_files, have_the_fields_of_cross_origin_access) {
  write(folder / "socket.io.js", "the client");
  auto chosen = options();
  chosen.cors.emplace().origins = {"https://a.example"};
  server_fixture server(chosen);
  const auto running = server.start();
  const auto found =
      http_client(server.where())
          .request("GET", "/socket.io/socket.io.js", {}, "Origin: https://a.example\r\n");
  EXPECT_EQ(found.body, "the client");
  EXPECT_EQ(found.headers["Access-Control-Allow-Origin"], "https://a.example");
}

TEST_F(client_files, are_served_if_the_option_says_so) {
  write(folder / "socket.io.js", "the client");
  auto chosen = options();
  chosen.serve_client = false;
  server_fixture server(chosen);
  const auto running = server.start();
  EXPECT_EQ(http_client(server.where()).get("/socket.io/socket.io.js").status, 404U);
}

TEST_F(client_files, are_served_by_each_server_of_a_host) {
  write(folder / "socket.io.js", "the client");
  server_fixture server(options_with(1));
  auto chosen = options();
  chosen.path = "/second";
  socketio::server second(server.io.http(), chosen);
  const auto running = server.start();
  http_client client(server.where());
  EXPECT_EQ(client.get("/second/socket.io.js").body, "the client");
  EXPECT_EQ(client.get("/socket.io/socket.io.js").status, 404U);
}

}  // namespace
