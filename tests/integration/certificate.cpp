#include "certificate.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

namespace integration {
namespace {

void require(bool succeeded, const char* what) {
  if (!succeeded) throw std::runtime_error(what);
}

using key_pointer = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using certificate_pointer = std::unique_ptr<X509, void (*)(X509*)>;

template <class Access>
void with_file(const std::filesystem::path& path, const char* mode, Access access) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), mode),
                                                             std::fclose);
  require(file != nullptr && access(file.get()), "cannot read or write a PEM file");
}

key_pointer make_key() {
  key_pointer key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  require(key != nullptr, "cannot make a key");
  return key;
}

// A certificate of that name, for the next hour, that nobody has signed.
certificate_pointer make_unsigned(EVP_PKEY* key, const std::string& name) {
  certificate_pointer certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  require(X509_sign(certificate, issuer_key, EVP_sha256()) > 0, "cannot sign a certificate");
}

socketio::tls_options write_files(X509* certificate, EVP_PKEY* key,
                                  const std::filesystem::path& folder, const std::string& prefix) {
  socketio::tls_options files(folder / (prefix + "certificate.pem"), folder / (prefix + "key.pem"));
  with_file(files.certificate_chain, "w",
            [&](std::FILE* file) { return PEM_write_X509(file, certificate) == 1; });
  with_file(files.private_key, "w", [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
  });
  return files;
}

}  // namespace

temporary_folder::temporary_folder() {
  auto name = (std::filesystem::temp_directory_path() / "socketio-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "mkdtemp");
  }
  path_ = name;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

socketio::tls_options make_certificate(const std::filesystem::path& folder) {
  const auto key = make_key();
  const auto certificate = make_unsigned(key.get(), "localhost");
  sign(certificate.get(), certificate.get(), key.get());
  return write_files(certificate.get(), key.get(), folder, "");
}

socketio::tls_options make_authority(const std::filesystem::path& folder, const std::string& name) {
  const auto key = make_key();
  const auto certificate = make_unsigned(key.get(), name);
  const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> may_sign(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE"),
      X509_EXTENSION_free);
  require(X509_add_ext(certificate.get(), may_sign.get(), -1) == 1, "cannot make an authority");
  sign(certificate.get(), certificate.get(), key.get());
  return write_files(certificate.get(), key.get(), folder, name + "-");
}

socketio::tls_options make_client_certificate(const socketio::tls_options& authority,
                                              const std::string& name) {
  certificate_pointer issuer(nullptr, X509_free);
  with_file(authority.certificate_chain, "r", [&](std::FILE* file) {
    issuer.reset(PEM_read_X509(file, nullptr, nullptr, nullptr));
    return issuer != nullptr;
  });
  key_pointer issuer_key(nullptr, EVP_PKEY_free);
  with_file(authority.private_key, "r", [&](std::FILE* file) {
    issuer_key.reset(PEM_read_PrivateKey(file, nullptr, nullptr, nullptr));
    return issuer_key != nullptr;
  });
  const auto key = make_key();
  const auto certificate = make_unsigned(key.get(), name);
  sign(certificate.get(), issuer.get(), issuer_key.get());
  return write_files(certificate.get(), key.get(), authority.certificate_chain.parent_path(),
                     name + "-");
}

}  // namespace integration
