// SPDX-License-Identifier: BSD-3-Clause

#include "property/simulator/message.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/net_text.hpp"

namespace mcswitch::test::sim {
namespace {

using proto::IgmpKind;
using proto::RecordType;

void append(std::string& text, const std::vector<IpAddress>& addresses) {
  text += " (";
  for (const IpAddress& address : addresses) {
    text += " " + to_string(address);
  }
  text += " )";
}

}  // namespace

bool Record::asks_for(const IpAddress& source) const {
  const bool is_listed = std::ranges::find(sources, source) != sources.end();
  switch (type) {
    case RecordType::mode_is_include:
    case RecordType::change_to_include_mode:
    case RecordType::allow_new_sources:
      return is_listed;
    case RecordType::mode_is_exclude:
    case RecordType::change_to_exclude_mode:
      return !is_listed;
    case RecordType::block_old_sources:
      break;
  }
  return false;
}

Message::Message(Bytes frame, TimePoint sent) : frame_{std::move(frame)}, sent_{sent} {
  if (proto::parse_igmp(ip_payload(frame_), igmp_) != proto::ParseError::none) {
    throw std::runtime_error{"a message on the wire is wrong"};
  }
  sources_.assign(igmp_.sources.begin(), igmp_.sources.end());
  std::ranges::sort(sources_);
  if (igmp_.kind == IgmpKind::v3_report) {
    proto::GroupRecords records{igmp_};
    for (proto::GroupRecord record; records.next(record);) {
      records_.push_back({static_cast<RecordType>(record.type),
                          record.group,
                          {record.sources.begin(), record.sources.end()}});
    }
  }
}

IpAddress Message::source() const {
  constexpr std::size_t kSource = 26;  // in an untagged frame
  return Ipv4Address::of(frame_[kSource], frame_[kSource + 1], frame_[kSource + 2], frame_[kSource + 3]);
}

host::Host::Query Message::query() const {
  return {.version = igmp_.version,
          .group = igmp_.group,
          .sources = sources_,
          .max_resp_time = igmp_.max_resp_time,
          .robustness_variable = igmp_.robustness_variable};
}

bool Message::asks_for(const IpAddress& group, const IpAddress& source) const {
  if (igmp_.kind == IgmpKind::report) {
    return group == this->group();
  }
  return std::ranges::any_of(records_,
                             [&](const Record& r) { return r.group == group && r.asks_for(source); });
}

std::vector<IpAddress> Message::groups() const {
  if (igmp_.kind != IgmpKind::v3_report) {
    return {group()};
  }
  std::vector<IpAddress> groups;
  for (const Record& record : records_) {
    groups.push_back(record.group);
  }
  return groups;
}

std::string Message::words() const {
  const std::string version = " of version " + std::to_string(igmp_.version);
  std::string text = to_string(source());
  switch (igmp_.kind) {
    case IgmpKind::query:
      text += ": query" + version;
      text += is_general_query() ? "" : " for " + to_string(group());
      if (!sources_.empty()) {
        append(text, sources_);
      }
      return text + (igmp_.suppress_router_processing ? " S" : "");
    case IgmpKind::report:
      return text + ": report" + version + " of " + to_string(group());
    case IgmpKind::leave:
      return text + ": leave of " + to_string(group());
    default:
      break;
  }
  text += ": report";
  for (const Record& record : records_) {
    constexpr std::array kTypes{"", "IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW", "BLOCK"};
    text +=
        std::string{" "} + kTypes.at(static_cast<std::size_t>(record.type)) + " " + to_string(record.group);
    append(text, record.sources);
  }
  return text;
}

}  // namespace mcswitch::test::sim
