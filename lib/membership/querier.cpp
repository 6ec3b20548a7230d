// SPDX-License-Identifier: BSD-3-Clause

#include "membership/querier.hpp"

#include <algorithm>

namespace mcswitch::membership {

bool Querier::beats_us(const IpAddress& source) const {
  return !settings_.active || settings_.address.is_unspecified() || source < settings_.address;
}

bool Querier::is_other_version(std::uint8_t version) const {
  const std::uint8_t own = settings_.intervals.version;
  return version < own || (version > own && (own == 1 || settings_.active));
}

const Querier::Heard* Querier::other() const {
  if (is_querier()) {
    return nullptr;
  }
  return elected_.until != kNever ? &elected_ : unnumbered_.until != kNever ? &unnumbered_ : nullptr;
}

void Querier::set_role(Role role, Effects& effects) {
  if (role_ != role) {
    role_ = role;
    effects.emplace_back(RoleChanged{role});
  }
}

void Querier::update_effective(Effects& effects) {
  const Heard* const giving = other();
  const Intervals adopted =
      giving == nullptr ? settings_.intervals : settings_.intervals.adopting(giving->given);
  if (adopted.robustness_variable != effective_.robustness_variable ||
      adopted.query_interval != effective_.query_interval ||
      adopted.response_interval() != effective_.response_interval()) {
    effective_ = adopted;
    effects.emplace_back(IntervalsChanged{});
  }
}

Effects Querier::start(TimePoint now) {
  Effects effects;
  if (!settings_.active) {
    return effects;
  }
  set_role(Role::querier, effects);
  effects.emplace_back(SendGeneralQuery{});
  startup_queries_left_ = std::max<unsigned>(settings_.intervals.startup_query_count(), 1) - 1;
  next_query_ = now + (startup_queries_left_ > 0 ? settings_.intervals.startup_query_interval()
                                                 : settings_.intervals.query_interval);
  return effects;
}

// A querier that asks less often than it says, and than is configured here, has the interval that it shows. A
// little late is nothing; beyond kMostAdopted times our own interval it was away.
Intervals::Given Querier::given_by(const HeardQuery& query, TimePoint now) const {
  Intervals::Given given{query.robustness_variable, query.query_interval, {}};
  if (query.is_general) {
    given.response_interval = query.max_resp_time;
    const Duration spacing = heard_.since_last(query.port, query.source, now);
    const Duration expected = std::max(settings_.intervals.query_interval, given.query_interval);
    if (spacing > expected + expected / 16 &&
        spacing <= Intervals::kMostAdopted * settings_.intervals.query_interval) {
      given.query_interval = spacing;
    }
  }
  return given;
}

void Querier::warn(const HeardQuery& query, const Intervals::Given& given, TimePoint now, Effects& effects) {
  if (is_other_version(query.version) && now >= next_warning_) {
    next_warning_ = now + (settings_.active ? kWarningInterval : kLongWarningInterval);
    effects.emplace_back(WarnOfVersion{query.version, query.source});
  }
  if (given.query_interval > query.query_interval && now >= next_interval_warning_) {
    next_interval_warning_ = now + kLongWarningInterval;
    effects.emplace_back(WarnOfInterval{given.query_interval, query.source});
  }
}

Effects Querier::on_query(const HeardQuery& query, TimePoint now) {
  Effects effects;
  const Intervals::Given given = given_by(query, now);
  warn(query, given, now, effects);
  if (!counts(query.source)) {
    return effects;
  }
  // By the values of its own query, so that a querier with a long interval does not expire early.
  const TimePoint until = now + settings_.intervals.other_querier_present_interval(given);
  const Heard heard{query.source, query.version, given, until, query.port, until};
  heard_.on_general_query(query.port, query.source, now, until);
  if (query.source.is_unspecified()) {
    if (!settings_.active) {
      if (unnumbered_.is_elsewhere(query.port, now)) {
        unnumbered_.until = std::max(unnumbered_.until, until);
      } else {
        unnumbered_ = heard;
      }
      set_role(Role::non_querier, effects);
      update_effective(effects);
    }
    return effects;
  }
  if (!beats_us(query.source)) {
    return effects;
  }

  const bool is_its_own = query.source == elected_.address && !elected_.is_elsewhere(query.port, now);
  if (elected_.until == kNever || elected_.until <= now || query.source < elected_.address || is_its_own) {
    elected_ = heard;
  }
  other_ = heard;
  other_.until = std::max(heard.until, elected_.until);  // as long as one of them is present
  unnumbered_ = {};
  heard_.forget_unnumbered();
  next_query_ = kNever;
  startup_queries_left_ = 0;
  set_role(Role::non_querier, effects);
  update_effective(effects);
  return effects;
}

void Querier::on_link_down(PortId port) {
  heard_.on_link_down(port);
  for (Heard* const heard : {&other_, &elected_, &unnumbered_}) {
    if (heard->port == port) {
      heard->port.reset();
    }
  }
}

bool Querier::expire(Heard& heard, TimePoint now) {
  if (heard.until == kNever || heard.until > now) {
    return false;
  }
  heard.until = kNever;
  return true;
}

Effects Querier::on_time(TimePoint now) {
  Effects effects;
  expire(unnumbered_, now);
  const bool other_gone = expire(other_, now);
  if (expire(elected_, now) && other_.until != kNever) {
    elected_ = other_;
  }

  if (settings_.active) {
    if (other_gone) {
      set_role(Role::querier, effects);
      effects.emplace_back(SendGeneralQuery{});
      next_query_ = now + settings_.intervals.query_interval;
    } else if (is_querier() && next_query_ <= now) {
      effects.emplace_back(SendGeneralQuery{});
      startup_queries_left_ -= startup_queries_left_ > 0 ? 1 : 0;
      const Duration interval = startup_queries_left_ > 0 ? settings_.intervals.startup_query_interval()
                                                          : settings_.intervals.query_interval;
      // From when it was due, so that lateness does not add up; but never a burst to catch up.
      next_query_ = next_query_ + interval > now ? next_query_ + interval : now + interval;
    }
  } else if (other_.until == kNever && unnumbered_.until == kNever) {
    set_role(Role::off, effects);
  }
  update_effective(effects);
  return effects;
}

TimePoint Querier::next() const {
  return std::min({next_query_, other_.until, elected_.until, unnumbered_.until});
}

IpAddress Querier::address() const {
  const Heard* const heard = other();
  return is_querier() ? settings_.address : heard != nullptr ? heard->address : IpAddress{};
}

std::uint8_t Querier::version() const {
  const Heard* const heard = other();
  return is_querier() ? own_version() : heard != nullptr ? heard->version : std::uint8_t{0};
}

TimePoint Querier::expires() const { return other_.until != kNever ? other_.until : unnumbered_.until; }

}  // namespace mcswitch::membership
