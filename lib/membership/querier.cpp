// SPDX-License-Identifier: BSD-3-Clause

#include "membership/querier.hpp"

#include <algorithm>

namespace mcswitch::membership {

bool Querier::beats_us(const IpAddress& source) const {
  return !settings_.active || settings_.address.is_unspecified() || source < settings_.address;
}

bool Querier::is_other_version(std::uint8_t version) const {
  const std::uint8_t own = settings_.intervals.version;
  return version != own && (version == 1 || own == 1 || settings_.active);
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
      giving == nullptr ? settings_.intervals
                        : settings_.intervals.adopting(giving->robustness_variable, giving->query_interval);
  if (adopted.robustness_variable != effective_.robustness_variable ||
      adopted.query_interval != effective_.query_interval) {
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

Effects Querier::on_query(const IpAddress& source, std::uint8_t version, TimePoint now,
                          std::uint8_t robustness_variable, Duration query_interval) {
  Effects effects;
  if (is_other_version(version) && now >= next_warning_) {
    next_warning_ = now + kWarningInterval;
    effects.emplace_back(WarnOfVersion{version, source});
  }

  // By the values of its own query, so that a querier with a long interval does not expire early.
  const Intervals adopted = settings_.intervals.adopting(robustness_variable, query_interval);
  const Heard heard{source, version, robustness_variable, query_interval,
                    now + adopted.other_querier_present_interval()};
  if (source.is_unspecified()) {
    if (!settings_.active) {
      unnumbered_ = heard;
      set_role(Role::non_querier, effects);
      update_effective(effects);
    }
    return effects;
  }
  if (!beats_us(source)) {
    return effects;
  }

  if (elected_.until == kNever || elected_.until <= now || source <= elected_.address) {
    elected_ = heard;
  }
  other_ = heard;
  other_.until = std::max(heard.until, elected_.until);  // as long as one of them is present
  next_query_ = kNever;
  startup_queries_left_ = 0;
  set_role(Role::non_querier, effects);
  update_effective(effects);
  return effects;
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
