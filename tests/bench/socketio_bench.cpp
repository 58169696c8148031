// socketio-bench: a load generator. socketio-bench --help says what it does.
#include <csignal>
#include <cstring>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "../conformance/program.hpp"
#include "load.hpp"
#include "options.hpp"
#include "report.hpp"

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--help") == 0) {
    std::cout << bench::usage;
    return 0;
  }
  // If the server is gone, the error of OpenSSL's write says so.
  std::signal(SIGPIPE, SIG_IGN);
  return test_program::run([&] {
    const auto chosen = bench::parse_options(argc, argv);
    const auto report = bench::make_report(chosen, bench::make_load(chosen)->run());
    if (!chosen.json_file.empty()) {
      std::ofstream file(chosen.json_file);
      file << report.dump(2) << '\n';
      if (!file.flush()) throw std::runtime_error("cannot write " + chosen.json_file);
    }
    std::cout << bench::to_table(report);
  });
}
