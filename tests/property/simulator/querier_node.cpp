// SPDX-License-Identifier: BSD-3-Clause

#include "property/simulator/querier_node.hpp"

#include <algorithm>

#include "base/net_text.hpp"

namespace mcswitch::test::sim {
namespace {

using proto::IgmpKind;
using proto::RecordType;

std::uint8_t code_of(Duration time) {
  return static_cast<std::uint8_t>(time / std::chrono::milliseconds{100});
}

}  // namespace

QuerierNode::QuerierNode(World& world, Wire& wire, const QuerierSpec& spec)
    : world_{world}, wire_{wire}, spec_{spec} {
  wire.attach(*this, Role::querier);
}

void QuerierNode::come() {
  world_.tell(to_string(spec_.address) + " comes");
  is_there_ = true;
  other_until_ = kNever;
  startup_queries_left_ = spec_.robustness_variable;
  next_general_ = world_.now();
}

void QuerierNode::die() {
  world_.tell(to_string(spec_.address) + " falls silent");
  is_there_ = false;
  next_general_ = kNever;
  checks_.clear();
}

TimePoint QuerierNode::next() const {
  if (!is_there_) {
    return kNever;
  }
  TimePoint next = std::min(next_general_, other_until_);
  for (const auto& [group, check] : checks_) {
    next = std::min(next, check.next);
  }
  return next;
}

void QuerierNode::on_time() {
  const TimePoint now = world_.now();
  if (other_until_ <= now) {
    other_until_ = kNever;
    next_general_ = now;
  }
  if (next_general_ <= now) {
    send_general();
  }
  for (auto& [group, check] : checks_) {
    if (check.next <= now) {
      send_specific(group, check);
    }
  }
  std::erase_if(checks_, [](const auto& c) { return c.second.left == 0; });
}

void QuerierNode::hear(const MessagePtr& message, Wire& /*wire*/) {
  if (!is_there_) {
    return;
  }
  if (message->is_query()) {
    hear_query(*message);
  } else if (message->kind() == IgmpKind::leave) {
    check(message->group(), {});
  } else {
    hear_report(*message);
  }
}

// RFC 9776 section 6.6.2.
void QuerierNode::hear_query(const Message& query) {
  if (query.is_general_query() && query.source() < IpAddress::from(spec_.address)) {
    other_until_ = world_.now() + spec_.other_querier_present_interval();
    next_general_ = kNever;
    startup_queries_left_ = 0;
  }
}

void QuerierNode::hear_report(const Message& report) {
  const auto answer = [&](const IpAddress& group) {
    const auto found = checks_.find(group);
    if (found == checks_.end()) {
      return;
    }
    // RFC 2236 section 7 goes on no longer; RFC 9776 section 6.6.3.1 does, with the S flag.
    found->second.is_answered = true;
    if (spec_.version == 2) {
      checks_.erase(found);
    }
  };
  if (report.kind() == IgmpKind::report) {
    return answer(report.group());
  }
  for (const Record& record : report.records()) {
    switch (record.type) {
      case RecordType::change_to_include_mode:
        check(record.group, {});
        break;
      case RecordType::block_old_sources:
        check(record.group, record.sources);
        break;
      case RecordType::change_to_exclude_mode:
        if (!record.sources.empty() && spec_.version == 3) {
          check(record.group, record.sources);
        }
        answer(record.group);
        break;
      default:
        answer(record.group);
        break;
    }
  }
}

void QuerierNode::check(const IpAddress& group, const std::vector<IpAddress>& sources) {
  if (!is_querier()) {
    return;
  }
  Check& check = checks_[group];
  const bool is_for_group =
      sources.empty() || spec_.version == 2 || (check.left > 0 && check.sources.empty());
  if (is_for_group) {
    check.sources.clear();
  } else {
    check.sources.insert(check.sources.end(), sources.begin(), sources.end());
    membership::make_set(check.sources);
  }
  check.left = spec_.robustness_variable;
  check.next = world_.now();
  check.is_answered = false;
}

void QuerierNode::send_general() {
  next_general_ = world_.now() + spec_.query_interval;
  if (startup_queries_left_ > 0 && --startup_queries_left_ > 0) {
    next_general_ = world_.now() + spec_.query_interval / 4;
  }
  const FrameOptions options{.source_mac = MacAddress{0x02'00'00'00'77'01}, .source = spec_.address};
  const std::uint8_t code = code_of(spec_.query_response_interval);
  if (spec_.version == 2) {
    return send(v2_query(kUnspecifiedV4, code, options));
  }
  send(v3_query({.code = code,
                 .qrv = spec_.robustness_variable,
                 .qqic = static_cast<std::uint8_t>(spec_.query_interval / std::chrono::seconds{1})},
                options));
}

void QuerierNode::send_specific(const IpAddress& group, Check& check) {
  --check.left;
  check.next = world_.now() + spec_.last_member_query_interval;
  const FrameOptions options{.source_mac = MacAddress{0x02'00'00'00'77'01}, .source = spec_.address};
  const std::uint8_t code = code_of(spec_.last_member_query_interval);
  if (spec_.version == 2) {
    return send(v2_query(group, code, options));
  }
  send(v3_query({.group = group,
                 .code = code,
                 .suppress_router_processing = check.is_answered,
                 .qrv = spec_.robustness_variable,
                 .qqic = static_cast<std::uint8_t>(spec_.query_interval / std::chrono::seconds{1}),
                 .sources = check.sources},
                options));
}

void QuerierNode::send(Bytes frame) {
  const MessagePtr query = message_of(std::move(frame), world_.now());
  wire_.faults().on_query(query, spec_.loses_specific || query->is_general_query(), world_.now());
  wire_.send(query, *this);
}

}  // namespace mcswitch::test::sim
