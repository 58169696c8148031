#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iomanip>
#include <sstream>
#include <vector>

namespace bench {

namespace {

using socketio::json;

double microseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

// Divides two numbers and rounds to three decimals; 0 if the divisor is 0.
double divide(double number, double by) {
  if (by == 0) return 0;
  const auto quotient = number / by;
  return std::round(quotient * 1000) / 1000;
}

double divide(std::int64_t bytes, std::size_t by) {
  return divide(static_cast<double>(bytes), static_cast<double>(by));
}

json memory_to_json(const memory_figures& memory, std::size_t divisor) {
  return {{"rss", divide(memory.rss, divisor)},
          {"pss", divide(memory.pss, divisor)},
          {"kernel", divide(memory.kernel, divisor)}};
}

// The busiest thread first.
std::vector<double> utilisation_of_threads(const process_figures& used, double seconds) {
  std::vector<double> shares;
  for (const auto& [id, time] : used.threads) {
    shares.push_back(divide(microseconds(time) / 1e6, seconds));
  }
  std::sort(shares.begin(), shares.end(), std::greater<>());
  return shares;
}

class table {
 public:
  void add(std::string_view name, double value, std::string_view unit) {
    text_ << std::left << std::setw(34) << name << std::right << std::setw(14) << std::fixed
          << std::setprecision(std::abs(value) < 100 ? 2 : 0) << value << ' ' << unit << '\n';
  }
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
};

}  // namespace

json make_report(const options& chosen, const measurement& result) {
  const auto seconds = microseconds(result.elapsed) / 1e6;
  const auto messages = static_cast<double>(result.messages);
  const auto deliveries = static_cast<double>(result.deliveries);
  json report = {{"scenario", chosen.what_name},
                 {"url", chosen.url},
                 {"connections", chosen.connections},
                 {"in_flight", chosen.in_flight},
                 {"payload", chosen.payload},
                 {"rooms", chosen.rooms},
                 {"memberships", chosen.memberships},
                 {"idle", chosen.idle},
                 {"rate", chosen.rate ? json(*chosen.rate) : json()},
                 {"deflate", chosen.deflate},
                 {"request_bytes", result.request_bytes},
                 {"reply_bytes", result.reply_bytes},
                 {"seconds", seconds},
                 {"messages", result.messages},
                 {"deliveries", result.deliveries},
                 {"messages_per_second", divide(messages, seconds)},
                 {"deliveries_per_second", divide(deliveries, seconds)}};
  const auto quantile = [&](double share) {
    return microseconds(result.latencies.quantile(share));
  };
  report["latency"] = {{"p50", quantile(0.5)},
                       {"p90", quantile(0.9)},
                       {"p99", quantile(0.99)},
                       {"p99_9", quantile(0.999)},
                       {"max", microseconds(result.latencies.max())}};
  report["load_utilisation"] = divide(microseconds(result.own_processor) / 1e6, seconds);
  if (result.server) {
    const auto& used = *result.server;
    report["server"] = {
        {"utilisation", divide(microseconds(used.processor) / 1e6, seconds)},
        {"time_per_delivery", divide(microseconds(used.processor), deliveries)},
        {"user_share", divide(microseconds(used.user), microseconds(used.user + used.system))},
        {"threads", utilisation_of_threads(used, seconds)}};
  }
  if (result.memory) report["memory"] = memory_to_json(*result.memory, 1);
  if (result.growth) {
    report["memory_per_connection"] = memory_to_json(*result.growth, chosen.connections);
  }
  if (result.while_idle) {
    report["idle_utilisation"] =
        divide(microseconds(result.while_idle->processor), microseconds(chosen.seconds));
  }
  return report;
}

std::string to_table(const json& report) {
  table lines;
  const bool arrival = report["scenario"] == "connect" || report["scenario"] == "idle";
  lines.add(arrival ? "connects" : "messages", report["messages_per_second"], "/s");
  if (!arrival) lines.add("deliveries", report["deliveries_per_second"], "/s");
  for (const auto& [name, value] : report["latency"].items()) {
    lines.add("latency " + std::string(name), value, "us");
  }
  if (report.contains("server")) {
    const auto& server = report["server"];
    lines.add(arrival ? "server: time per connect" : "server: time per delivery",
              server["time_per_delivery"], "us");
    lines.add("server: processor in use", server["utilisation"].get<double>() * 100, "%");
    lines.add("server: thereof not in the kernel", server["user_share"].get<double>() * 100, "%");
    lines.add("server: resident memory", report["memory"]["rss"].get<double>() / 1024, "KB");
  }
  if (report.contains("memory_per_connection")) {
    const auto& memory = report["memory_per_connection"];
    lines.add("server: RSS per connection", memory["rss"], "bytes");
    lines.add("server: PSS per connection", memory["pss"], "bytes");
    lines.add("socket buffers per connection", memory["kernel"], "bytes");
  }
  if (report.contains("idle_utilisation")) {
    lines.add("server: processor while idle", report["idle_utilisation"].get<double>() * 100, "%");
  }
  lines.add("this program: processor in use", report["load_utilisation"].get<double>() * 100, "%");
  return lines.text();
}

}  // namespace bench
