// SPDX-License-Identifier: BSD-3-Clause

#include "control/leave_checks.hpp"

namespace mcswitch::control {

const membership::LeaveCheck* LeaveChecks::find(Key key) const {
  const auto it = checks_.find(index_of(key));
  return it == checks_.end() ? nullptr : &it->second;
}

bool LeaveChecks::put(Key key, const membership::LeaveCheck& check) {
  const std::uint32_t index = index_of(key);
  const auto it = checks_.find(index);
  if (it != checks_.end()) {
    due_.erase({it->second.next(), index});
    it->second = check;
  } else {
    if (checks_.size() >= capacity_) {
      return false;
    }
    checks_.emplace(index, check);
  }
  due_.emplace(check.next(), index);
  return true;
}

void LeaveChecks::erase(Key key) {
  const auto it = checks_.find(index_of(key));
  if (it != checks_.end()) {
    due_.erase({it->second.next(), it->first});
    checks_.erase(it);
  }
}

}  // namespace mcswitch::control
