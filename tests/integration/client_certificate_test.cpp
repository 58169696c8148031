// Listeners that ask clients for a certificate.
#include <openssl/ssl.h>

#include <chrono>
#include <exception>
#include <string>
#include <thread>

#include "certificate.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::socket;
using socketio::tls_options;

// Tells whose certificate it sees: on the route /who, and by the event "who". Its endpoint
// `anonymous` is a client without a certificate.
class client_certificates : public server_test {
 protected:
  // Listens and runs.
  [[nodiscard]] server_fixture::running start(bool required) {
    server.io.http().get("/who", [](const socketio::http_request& request) {
      return socketio::http_response(200, "text/plain", request.client_subject.value_or("nobody"));
    });
    server.io.on("connection", [](const socket& connected) {
      connected.on("who", [connected](const socketio::ack& reply) {
        reply(connected.handshake().client_subject().value_or("nobody"));
      });
    });
    socketio::listen_options where;
    where.host = "127.0.0.1";
    where.tls = make_certificate(folder_.path());
    where.tls->client_authorities = authority_.certificate_chain;
    where.tls->require_client_certificate = required;
    anonymous.port = server.io.listen(where);
    anonymous.tls = true;
    return server.run();
  }

  [[nodiscard]] endpoint client_of(const tls_options& certificate, int max_version = 0) const {
    auto where = anonymous;
    where.certificate = certificate;
    where.max_tls_version = max_version;
    return where;
  }

  // Why the handshake fails for a client.
  [[nodiscard]] static std::string failure_of(const endpoint& where) {
    try {
      const stream connection(where);
      return "none";
    } catch (const std::exception& error) {
      return error.what();
    }
  }

  const temporary_folder folder_;
  const temporary_folder foreign_folder_;
  const tls_options authority_ = make_authority(folder_.path(), "Authority");
  const tls_options ada_ = make_client_certificate(authority_, "Ada");
  // Of another authority, and of one that only has the name of the right one.
  const tls_options stranger_ =
      make_client_certificate(make_authority(foreign_folder_.path(), "Foreign"), "Ada");
  const tls_options impostor_ =
      make_client_certificate(make_authority(foreign_folder_.path(), "Authority"), "Eve");
  endpoint anonymous;
};
INSTANTIATE_TEST_SUITE_P(threads, client_certificates, ::testing::Values(1, 3), threads_name);

TEST_P(client_certificates, tell_the_application_who_the_client_is) {
  const auto running = start(true);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto ada = client_of(ada_, version);
    http_client client(ada);
    EXPECT_EQ(client.get("/who").body, "CN=Ada");
    EXPECT_EQ(client.get("/who").body, "CN=Ada") << "the second request of a connection";
    socket_client websocket(ada);
    websocket.connect();
    EXPECT_EQ(websocket.ask(R"(["who"])"), R"(["CN=Ada"])");
    socket_client polling(std::make_unique<polling_client>(ada));
    polling.connect();
    EXPECT_EQ(polling.ask(R"(["who"])"), R"(["CN=Ada"])");
  }
}

// Without escapes a name could pass for one of more parts.
TEST_P(client_certificates, tell_names_of_any_characters) {
  const auto running = start(true);
  for (const auto& [name, subject] :
       {std::pair<std::string, std::string>{"Ada, Lovelace", R"(CN=Ada\, Lovelace)"},
        {"Ada,O=Root", R"(CN=Ada\,O=Root)"},
        {"Ad\xC3\xA0", "CN=Ad\xC3\xA0"},
        {"Ada\n", R"(CN=Ada\0A)"}}) {
    EXPECT_EQ(http_client(client_of(make_client_certificate(authority_, name))).get("/who").body,
              subject);
  }
}

TEST_P(client_certificates, are_required) {
  const auto running = start(true);
  auto old_anonymous = anonymous;
  old_anonymous.max_tls_version = TLS1_2_VERSION;
  EXPECT_EQ(failure_of(old_anonymous), "TLS handshake: sslv3 alert handshake failure");
  EXPECT_EQ(failure_of(client_of(stranger_, TLS1_2_VERSION)),
            "TLS handshake: tlsv1 alert unknown ca");
  EXPECT_EQ(failure_of(client_of(impostor_, TLS1_2_VERSION)),
            "TLS handshake: tlsv1 alert decrypt error");
  // TLS 1.3 has no answer to the client's part of the handshake: the first bytes are the alert.
  for (const auto& where : {anonymous, client_of(stranger_), client_of(impostor_)}) {
    EXPECT_EQ(stream(where).receive(), "");
  }
  EXPECT_EQ(http_client(client_of(ada_)).get("/who").body, "CN=Ada");
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (server.io.http().connections_count() != 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "a connection stays open";
    std::this_thread::yield();
  }
}

TEST_P(client_certificates, may_be_left_to_the_client) {
  const auto running = start(false);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    anonymous.max_tls_version = version;
    EXPECT_EQ(http_client(anonymous).get("/who").body, "nobody");
    EXPECT_EQ(http_client(client_of(ada_, version)).get("/who").body, "CN=Ada");
    for (const auto& certificate : {stranger_, impostor_}) {
      const auto where = client_of(certificate, version);
      EXPECT_EQ(http_client(where).get("/who").body, "nobody");
      socket_client websocket(where);
      websocket.connect();
      EXPECT_EQ(websocket.ask(R"(["who"])"), R"(["nobody"])");
    }
  }
}

TEST_P(client_certificates, are_known_to_sessions_that_are_resumed) {
  const auto running = start(false);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const auto& [certificate, subject] :
         {std::pair(ada_, "CN=Ada"), std::pair(stranger_, "nobody")}) {
      auto where = client_of(certificate, version);
      http_client first(where);
      EXPECT_EQ(first.get("/who").body, subject);
      where.tls_session = first.below().tls_session();
      where.certificate.reset();
      http_client second(where);
      EXPECT_EQ(second.get("/who").body, subject);
      EXPECT_TRUE(second.below().resumed());
    }
  }
}

}  // namespace
