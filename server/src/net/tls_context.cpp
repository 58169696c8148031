#include "tls_context.hpp"

#include <openssl/err.h>
#include <openssl/x509err.h>

#include <stdexcept>
#include <string>
#include <system_error>

namespace socketio::detail {
namespace {

// AES-128 first, here and below: it is strong enough, and its SHA-256 makes handshakes cheaper.
constexpr const char* tls13_ciphers =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* tls12_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// The oldest error in OpenSSL's queue is the cause of the others.
std::string take_reason() {
  const auto error = ERR_peek_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(error)) return std::system_category().message(ERR_GET_REASON(error));
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "unknown error";
}

void require(bool succeeded, const std::string& what) {
  if (!succeeded) throw std::runtime_error("TLS: " + what + ": " + take_reason());
}

// OpenSSL would ask for a password on the terminal.
int refuse_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  if (asked != nullptr) *static_cast<bool*>(asked) = true;
  return -1;
}

void use_key(SSL_CTX* context, const tls_options& options) {
  bool encrypted = false;
  SSL_CTX_set_default_passwd_cb(context, refuse_password);
  SSL_CTX_set_default_passwd_cb_userdata(context, &encrypted);
  const bool used =
      SSL_CTX_use_PrivateKey_file(context, options.private_key.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  const auto key = options.private_key.string();
  if (encrypted) {
    ERR_clear_error();
    throw std::runtime_error("TLS: the private key " + key +
                             " is encrypted: give one that needs no password");
  }
  if (!used && ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH) {
    ERR_clear_error();
    throw std::runtime_error("TLS: the private key " + key +
                             " does not belong to the certificate " +
                             options.certificate_chain.string());
  }
  require(used, "cannot read the private key " + key);
}

// Chooses HTTP/1.1, the only protocol of this server, if the client offers it.
int select_alpn(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_length,
                const unsigned char* in, unsigned in_length, void* /*unused*/) {
  static constexpr unsigned char http11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* selected = nullptr;
  const int found =
      SSL_select_next_proto(&selected, out_length, http11, sizeof(http11), in, in_length);
  *out = selected;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

// Keeps a client whose certificate is not valid: its subject stays unknown.
int accept_unverified(int verified, X509_STORE_CTX* /*chain*/) {
  // SSL_get_error() would take what the check has left in the queue for a failure of the handshake.
  if (verified != 1) ERR_clear_error();
  return 1;
}

void ask_for_certificate(SSL_CTX* context, const tls_options& options) {
  const auto& file = options.client_authorities;
  const auto failure = "cannot read the authorities of clients " + file.string();
  require(SSL_CTX_load_verify_file(context, file.c_str()) == 1, failure);
  auto* names = SSL_load_client_CA_file(file.c_str());
  require(names != nullptr, failure);
  SSL_CTX_set_client_CA_list(context, names);  // owns them now
  // Without one OpenSSL resumes no session that had a client's certificate.
  static constexpr unsigned char session_context[] = {'s', 'o', 'c', 'k', 'e', 't', 'i', 'o'};
  require(SSL_CTX_set_session_id_context(context, session_context, sizeof(session_context)) == 1,
          "cannot set the context of sessions");
  if (options.require_client_certificate) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  } else {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, accept_unverified);
  }
}

}  // namespace

tls_context::tls_context(const tls_options& options) {
  if (options.certificate_chain.empty() || options.private_key.empty()) {
    throw std::invalid_argument("TLS needs a certificate_chain and a private_key");
  }
  ERR_clear_error();
  context_.reset(SSL_CTX_new(TLS_server_method()));
  auto* context = context_.get();
  require(context != nullptr, "cannot create a context");
  require(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1, "cannot set the version");
  require(SSL_CTX_set_ciphersuites(context, tls13_ciphers) == 1 &&
              SSL_CTX_set_cipher_list(context, tls12_ciphers) == 1,
          "cannot set the ciphers");
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // An idle connection owns no record buffers.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  // Clients resume sessions with tickets only. One ticket per connection is enough: a client that
  // resumes gets a new one.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  require(SSL_CTX_set_num_tickets(context, 1) == 1, "cannot set the number of tickets");
  SSL_CTX_set_alpn_select_cb(context, select_alpn, nullptr);
  require(SSL_CTX_use_certificate_chain_file(context, options.certificate_chain.c_str()) == 1,
          "cannot read the certificate chain " + options.certificate_chain.string());
  use_key(context, options);
  if (!options.client_authorities.empty()) ask_for_certificate(context, options);
}

tls_context::ssl_pointer tls_context::accept(socket_bio& socket) const {
  ssl_pointer ssl(SSL_new(context_.get()));
  require(ssl != nullptr, "cannot create a connection");
  auto* bio = socket.make_handle();
  SSL_set_bio(ssl.get(), bio, bio);  // owns it now
  SSL_set_accept_state(ssl.get());
  return ssl;
}

}  // namespace socketio::detail
