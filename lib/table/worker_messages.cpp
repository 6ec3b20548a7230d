// SPDX-License-Identifier: BSD-3-Clause

#include "table/worker_messages.hpp"

#include <algorithm>

namespace mcswitch::table {

bool WorkerMessages::leave(const LeaveMessage& message) noexcept {
  if (ring_.push(message)) {
    return true;
  }
  note_lost(message.port, kLeaveLost);
  return false;
}

bool WorkerMessages::query(const QueryMessage& message, AddressList sources) noexcept {
  if (push_parts(message, sources)) {
    return true;
  }
  note_lost(message.port, kQueryLost);
  return false;
}

bool WorkerMessages::router(const RouterMessage& message) noexcept {
  if (ring_.push(message)) {
    return true;
  }
  note_lost(message.port, kQueryLost);
  return false;
}

bool WorkerMessages::record(const RecordMessage& message, AddressList sources) noexcept {
  if (push_parts(message, sources)) {
    ports_[message.port].excludes_sent += message.is_exclude ? 1 : 0;
    return true;
  }
  note_lost(message.port, kLeaveLost | (message.ends_exclusions(sources.size()) ? kJoinLost : 0));
  return false;
}

bool WorkerMessages::host(const HostMessage& message, TimePoint now) noexcept {
  return ports_[message.port].may_notify_of_host(now) && ring_.has_room(ring_.capacity() / 2) &&
         ring_.push(message);
}

// All of it, or nothing: false.
template <typename Message>
bool WorkerMessages::push_parts(const Message& message, AddressList sources) noexcept {
  constexpr std::size_t kRoom = SourcesPart::kRoom;
  const std::span<const std::uint8_t> bytes = sources.bytes();
  const std::size_t parts = bytes.empty() ? 1 : (bytes.size() + kRoom - 1) / kRoom;
  return parts <= ring_.capacity() && ring_.push_all(parts, [&](std::size_t part, WorkerMessage& item) {
    SourcesPart& to = item.emplace<Message>(message).sources;
    const std::size_t first = part * kRoom;
    to.set({bytes.subspan(first, std::min(bytes.size() - first, kRoom)), sources.stride()});
    to.has_more = part + 1 < parts;
  });
}

void WorkerMessages::note_lost(PortId port, std::uint32_t reason) noexcept {
  // Pairs with the exchange by which the control thread takes the word.
  ports_[port].attention.fetch_or(reason, std::memory_order_release);
}

}  // namespace mcswitch::table
