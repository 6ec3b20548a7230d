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

bool WorkerMessages::query(const QueryMessage& message, std::span<const std::uint8_t> sources) noexcept {
  if (push_parts(message, sources)) {
    return true;
  }
  note_lost(message.port, kQueryLost);
  return false;
}

bool WorkerMessages::record(const RecordMessage& message, std::span<const std::uint8_t> sources) noexcept {
  if (push_parts(message, sources)) {
    return true;
  }
  note_lost(message.port, kLeaveLost);
  return false;
}

bool WorkerMessages::host(const HostMessage& message, TimePoint now) noexcept {
  return ports_[message.port].may_notify_of_host(now) && ring_.has_room(ring_.capacity() / 2) &&
         ring_.push(message);
}

// All of it, or nothing: false.
template <typename Message>
bool WorkerMessages::push_parts(const Message& message, std::span<const std::uint8_t> sources) noexcept {
  const std::size_t count = sources.size() / 4;
  const std::size_t parts = count == 0 ? 1 : (count + SourcesPart::kMost - 1) / SourcesPart::kMost;
  return parts <= ring_.capacity() && ring_.push_all(parts, [&](std::size_t part, WorkerMessage& item) {
    SourcesPart& to = item.emplace<Message>(message).sources;
    const std::size_t first = part * SourcesPart::kMost;
    to.count = static_cast<std::uint8_t>(std::min(count - first, SourcesPart::kMost));
    to.has_more = part + 1 < parts;
    for (std::size_t i = 0; i < to.count; ++i) {
      const std::uint8_t* o = sources.data() + 4 * (first + i);
      to.addresses[i] = Ipv4Address::of(o[0], o[1], o[2], o[3]);
    }
  });
}

void WorkerMessages::note_lost(PortId port, std::uint32_t reason) noexcept {
  // Pairs with the exchange by which the control thread takes the word.
  ports_[port].attention.fetch_or(reason, std::memory_order_release);
}

}  // namespace mcswitch::table
