#include <algorithm>

#include <socketio/protocol/attached_objects.hpp>

namespace socketio {
namespace {

template <class List>
auto find_type(List& list, std::type_index type) {
  return std::find_if(list.begin(), list.end(),
                      [type](const auto& each) { return each.first == type; });
}

}  // namespace

void attached_objects::add(std::type_index type, std::shared_ptr<void> object) {
  auto changed = objects_ ? std::make_shared<list>(*objects_) : std::make_shared<list>();
  const auto earlier = find_type(*changed, type);
  if (earlier == changed->end()) {
    changed->emplace_back(type, std::move(object));
  } else {
    earlier->second = std::move(object);
  }
  objects_ = std::move(changed);
}

void attached_objects::set(const attached_objects& others) {
  if (!objects_) {
    objects_ = others.objects_;
  } else if (others.objects_) {
    for (const auto& [type, object] : *others.objects_) add(type, object);
  }
}

std::shared_ptr<void> attached_objects::find(std::type_index type) const {
  if (!objects_) return nullptr;
  const auto found = find_type(*objects_, type);
  return found == objects_->end() ? nullptr : found->second;
}

}  // namespace socketio
