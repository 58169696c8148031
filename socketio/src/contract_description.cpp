#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include <socketio/detail/contract_description.hpp>

namespace socketio::detail {

std::size_t event_description::required_values() const {
  auto count = values.size();
  if (is_answered) return count;
  while (count > 0 && values[count - 1].kind == type_kind::optional) --count;
  return count;
}

named_type* add_type(std::vector<named_type>& types, std::string_view name,
                     const std::type_info& type) {
  const auto found = std::ranges::find(types, name, &named_type::name);
  if (found == types.end())
    return &types.emplace_back(named_type{std::string(name), &type, {}, {}});
  if (*found->type != type) {
    throw std::invalid_argument("two types are described with the name " + std::string(name));
  }
  return nullptr;
}

}  // namespace socketio::detail
