// What listen() says when it fails, and what it takes.
#include <netinet/in.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "certificate.hpp"
#include "server_fixture.hpp"

namespace {

using namespace integration;
using socketio::http_server;
using socketio::listen_options;

/// What the exception of listen() says; empty if there is none.
std::string failure_of(const listen_options& options) {
  http_server http;
  try {
    http.listen(options);
  } catch (const std::exception& failed) {
    return failed.what();
  }
  return {};
}

void expect_parts(const std::string& sentence, const std::vector<std::string>& parts) {
  for (const auto& part : parts) {
    EXPECT_NE(sentence.find(part), std::string::npos) << part << " is not in: " << sentence;
  }
}

TEST(listen_errors, name_the_address) {
  http_server taken;
  listen_options options;
  options.host = "127.0.0.1";
  options.port = taken.listen(options);
  const auto port = std::to_string(options.port);
  expect_parts(failure_of(options),
               {"cannot listen on 127.0.0.1:" + port, "Address already in use"});
  options.host = "localhost";
  expect_parts(failure_of(options), {"(localhost)", "127.0.0.1:" + port, "Address already in use"});

  http_server taken_everywhere;
  listen_options everywhere;
  everywhere.port = taken_everywhere.listen(0);
  expect_parts(failure_of(everywhere), {"cannot listen on port " + std::to_string(everywhere.port),
                                        "Address already in use"});
}

TEST(listen_errors, do_not_hide_an_address_that_is_not_the_machines) {
  listen_options options;
  options.host = "192.0.2.1";  // for documentation (RFC 5737)
  options.port = 4000;
  expect_parts(failure_of(options),
               {"cannot listen on 192.0.2.1:4000", "Cannot assign requested address"});
  options.host = "2001:db8::1";  // the same (RFC 3849)
  expect_parts(failure_of(options), {"cannot listen on [2001:db8::1]:4000"});
  options.host = "no such host";
  expect_parts(failure_of(options), {"cannot listen on no such host: "});
}

TEST(listen_errors, name_the_unix_domain_socket) {
  const temporary_folder folder;
  listen_options options;
  options.unix_socket = folder.path() / "missing" / "socket";
  expect_parts(failure_of(options),
               {"Unix domain socket " + options.unix_socket.string(), "No such file or directory"});
  options.unix_socket = folder.path() / "socket";
  http_server taken;
  taken.listen(options);
  expect_parts(failure_of(options), {options.unix_socket.string(), "Address already in use"});
}

TEST(listen_errors, name_the_file_of_tls) {
  const temporary_folder folder;
  const temporary_folder other_folder;
  const auto valid = make_certificate(folder.path());
  const auto other = make_certificate(other_folder.path());
  const auto failure = [](const socketio::tls_options& tls) {
    listen_options options;
    options.host = "127.0.0.1";
    options.tls = tls;
    return failure_of(options);
  };
  EXPECT_EQ(failure(valid), "");

  const auto missing = folder.path() / "missing.pem";
  EXPECT_EQ(
      failure({missing, valid.private_key}),
      "TLS: cannot read the certificate chain " + missing.string() + ": No such file or directory");
  EXPECT_EQ(failure({valid.certificate_chain, missing}),
            "TLS: cannot read the private key " + missing.string() + ": No such file or directory");
  const auto garbage = folder.path() / "garbage.pem";
  std::ofstream(garbage) << "no PEM";
  expect_parts(failure({garbage, valid.private_key}),
               {"certificate chain " + garbage.string(), "no start line"});
  expect_parts(failure({valid.certificate_chain, garbage}), {"private key " + garbage.string()});
  EXPECT_EQ(failure({valid.certificate_chain, other.private_key}),
            "TLS: the private key " + other.private_key.string() +
                " does not belong to the certificate " + valid.certificate_chain.string());

  auto with_authorities = valid;
  with_authorities.client_authorities = missing;
  EXPECT_EQ(failure(with_authorities), "TLS: cannot read the authorities of clients " +
                                           missing.string() + ": No such file or directory");
  with_authorities.client_authorities = garbage;
  expect_parts(failure(with_authorities), {"authorities of clients " + garbage.string()});
  with_authorities.client_authorities = folder.path();
  expect_parts(failure(with_authorities), {"authorities of clients " + folder.path().string()});
  with_authorities.client_authorities = valid.certificate_chain;
  EXPECT_EQ(failure(with_authorities), "");
}

// It would wait for ever where nobody sits at a terminal.
TEST(listen_errors, do_not_ask_for_a_password) {
  const temporary_folder folder;
  const auto valid = make_certificate(folder.path());
  const auto encrypted = folder.path() / "encrypted.pem";
  {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> from(
        std::fopen(valid.private_key.c_str(), "r"), std::fclose);
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
        PEM_read_PrivateKey(from.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> to(std::fopen(encrypted.c_str(), "w"),
                                                             std::fclose);
    ASSERT_EQ(PEM_write_PKCS8PrivateKey(to.get(), key.get(), EVP_aes_256_cbc(), "secret", 6,
                                        nullptr, nullptr),
              1);
  }
  listen_options options;
  options.host = "127.0.0.1";
  options.tls = socketio::tls_options(valid.certificate_chain, encrypted);
  EXPECT_EQ(failure_of(options), "TLS: the private key " + encrypted.string() +
                                     " is encrypted: give one that needs no password");
}

// As in the reference, a slash at the end of the option makes no difference.
TEST(engine_path, takes_one_final_slash_off) {
  for (const auto* path : {"/chat", "/chat/"}) {
    auto options = options_with(1);
    options.path = path;
    server_fixture server(options);
    const auto running = server.start();
    EXPECT_EQ(http_client(server.where()).get("/chat/?EIO=4&transport=polling").status, 200U);
    EXPECT_EQ(http_client(server.where()).get("/chat?EIO=4&transport=polling").status, 404U);
  }
}

}  // namespace
