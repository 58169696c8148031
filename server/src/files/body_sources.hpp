#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <socketio/protocol/http.hpp>

#include "found_file.hpp"

namespace socketio::detail {

/// Part of a file. read() returns 0 if the file has become shorter.
class file_source final : public body_source {
 public:
  file_source(open_file file, const content_range& part);

  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] std::size_t read(std::span<char> buffer) override;

 private:
  open_file file_;
  std::uint64_t size_;
  content_range rest_;
};

/// Bytes that several responses share.
class shared_source final : public body_source {
 public:
  explicit shared_source(std::shared_ptr<const std::string> content);

  [[nodiscard]] std::uint64_t size() const override { return content_->size(); }
  [[nodiscard]] std::size_t read(std::span<char> buffer) override;

 private:
  std::shared_ptr<const std::string> content_;
  std::size_t position_ = 0;
};

}  // namespace socketio::detail
