// SPDX-License-Identifier: BSD-3-Clause

#include "interfaces/tester.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <time.h>

#include <algorithm>
#include <csignal>
#include <random>

#include "base/net_text.hpp"
#include "interfaces/failure.hpp"

namespace mcswitch::bench::interfaces {
namespace {

const MacAddress kSourceMac{0x02'4d'42'00'00'01};
const Ipv4Address kSourceAddress = Ipv4Address::of(198, 19, 255, 1);
// Other sources that hosts name, all lower than it; they send nothing.
const Ipv4Address kFirstOtherSource = Ipv4Address::of(198, 19, 0, 1);
// A stream that is late by more than this does not try to catch up: a burst would measure something else.
constexpr Nanoseconds kMostArrears = 5 * kMillisecond;
constexpr Nanoseconds kBetweenTimers = kMillisecond;

volatile std::sig_atomic_t interrupted = 0;

void interrupt(int) { interrupted = 1; }

std::unique_ptr<PacketSocket> open_receiver(const std::string& interface, const Options& options) {
  return std::make_unique<PacketSocket>(interface, options.ring);
}

SegmentSettings segment_settings(std::uint32_t number, const Options& options) {
  SegmentSettings settings;
  settings.number = number;
  settings.hosts = options.hosts;
  settings.igmp_version = static_cast<std::uint8_t>(options.igmp);
  settings.robustness = static_cast<std::uint8_t>(options.robustness);
  if (options.filter == "any") {
    return settings;
  }
  settings.filter_mode =
      options.filter == "include" ? membership::FilterMode::include : membership::FilterMode::exclude;
  const std::uint32_t others =
      options.sources - (settings.filter_mode == membership::FilterMode::include ? 1 : 0);
  for (std::uint32_t n = 0; n < others; ++n) {
    settings.sources.push_back(Ipv4Address{kFirstOtherSource.bits + n});
  }
  if (settings.filter_mode == membership::FilterMode::include) {
    settings.sources.push_back(kSourceAddress);
  }
  return settings;
}

std::uint32_t first_group(const Options& options) {
  const auto group = parse_ipv4(options.first_group);
  if (!group || !group->is_multicast() || group->is_link_local_multicast()) {
    throw Failure{kExitUsage,
                  fmt::format("--first-group {}: is not a multicast address outside of 224.0.0.0/24, "
                              "such as 239.64.0.0",
                              options.first_group)};
  }
  return group->bits;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  interrupted = 0;
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

Tester::Tester(const Options& options)
    : options_{options},
      source_{options.source, 0},
      run_{std::random_device{}()},
      next_group_{first_group(options)},
      next_query_{now_ns()} {
  for (const std::string& interface : options.receivers) {
    sockets_.push_back(open_receiver(interface, options));
  }
  for (std::uint32_t n = 0; n < sockets_.size(); ++n) {
    segments_.emplace_back(*sockets_[n], segment_settings(n, options));
  }
  const unsigned largest = *std::ranges::max_element(options.sizes);
  const auto check = [&](const PacketSocket& socket) {
    if (static_cast<int>(largest) - 18 > socket.mtu()) {
      throw Failure{kExitUsage,
                    fmt::format("--size {0}: {1} has an MTU of {2}, so {3} at most (ip link set dev {1} "
                                "mtu {4})",
                                largest, socket.interface(), socket.mtu(), socket.mtu() + 18, largest - 18)};
    }
  };
  check(source_);
  std::ranges::for_each(sockets_, [&](const auto& socket) { check(*socket); });
}

std::vector<Ipv4Address> Tester::new_groups(std::uint32_t count) {
  if (next_group_ + count > 0xf000'0000) {
    throw Failure{kExitUsage, "no group addresses are left below 240.0.0.0: choose a lower --first-group"};
  }
  std::vector<Ipv4Address> groups;
  groups.reserve(count);
  for (std::uint32_t n = 0; n < count; ++n) {
    groups.push_back(Ipv4Address{next_group_++});
  }
  return groups;
}

void Tester::listen(Listener listener) {
  receive();
  listener_ = std::move(listener);
}

void Tester::start(Stream stream) {
  stream_ = std::move(stream);
  frames_.assign(std::clamp<std::size_t>(stream_.batch, 1, PacketSocket::kLargestBatch),
                 StreamFrame{stream_.size, kSourceMac, kSourceAddress});
  gap_ = stream_.rate > 0 ? 1e9 / stream_.rate : 0;
  due_ = 0;
  sent_ = 0;
  group_ = 0;
  started_ = now_ns();
}

// Sends `count` frames, those that the interface has no room for when it is asked next.
void Tester::send_frames(std::size_t count) {
  std::array<std::span<const std::uint8_t>, PacketSocket::kLargestBatch> batch;
  for (std::size_t i = 0; i < count; ++i) {
    const Nanoseconds now = now_ns();
    const auto sequence = static_cast<std::uint32_t>(sequence_ + i);
    frames_[i].set_group(stream_.groups[(group_ + i) % stream_.groups.size()]);
    frames_[i].set_mark({.run = run_, .sequence = sequence, .sent_ns = now});
    times_[sequence % kTimes] = now;
    batch[i] = frames_[i].bytes();
  }
  const std::size_t taken = source_.send(std::span{batch}.first(count));
  sent_ += taken;
  sequence_ += static_cast<std::uint32_t>(taken);
  group_ = (group_ + taken) % stream_.groups.size();
  due_ += gap_ * static_cast<double>(taken);
}

bool Tester::send_due(Nanoseconds now) {
  if (stream_.groups.empty() || is_finished()) {
    return false;
  }
  const auto elapsed = static_cast<double>(now - started_);
  if (elapsed < due_) {
    return false;
  }
  if (elapsed - due_ > static_cast<double>(kMostArrears) || elapsed < 0) {
    due_ = elapsed;
  }
  const double late = gap_ > 0 ? (elapsed - due_) / gap_ + 1 : static_cast<double>(frames_.size());
  const std::uint64_t left = stream_.frames - sent_;
  const auto count = std::min<std::uint64_t>(left, static_cast<std::uint64_t>(late));
  send_frames(std::min<std::size_t>(frames_.size(), count));
  return true;
}

void Tester::send_query(Nanoseconds now) {
  std::array<std::uint8_t, kSmallestFrame> frame{};
  const auto duration = [](double seconds) { return Duration{static_cast<Nanoseconds>(seconds * 1e9)}; };
  proto::build_query({.source_mac = kSourceMac,
                      .source = kSourceAddress,
                      .group = {},
                      .version = static_cast<std::uint8_t>(options_.igmp),
                      .max_resp_time = duration(options_.max_response),
                      .robustness_variable = 2,
                      .query_interval = duration(options_.query_interval)},
                     frame);
  const std::span<const std::uint8_t> one{frame};
  source_.send({&one, 1});
  next_query_ = now + static_cast<Nanoseconds>(options_.query_interval * 1e9);
}

void Tester::receive() {
  has_received_ = false;
  constexpr int kPortion = 256;
  for (std::size_t n = 0; n < sockets_.size(); ++n) {
    ReceivedFrame frame;
    for (int i = 0; i < kPortion && sockets_[n]->peek(frame); ++i) {
      Ipv4Address group;
      StreamMark mark;
      if (read_stream_frame(frame.bytes, group, mark)) {
        if (mark.run == run_) {
          has_received_ = true;
          if (listener_) {
            listener_({n, group, mark.sequence, mark.sent_ns, frame.received});
          }
        }
      } else if (const auto payload = igmp_payload(frame.bytes); !payload.empty()) {
        segments_[n].on_igmp(payload, now_ns());
      }
      sockets_[n]->release();
    }
  }
  if (has_received_) {
    last_arrival_ = now_ns();
  }
}

void Tester::step() {
  if (interrupted != 0) {
    throw Interrupted{};
  }
  const bool has_sent = send_due(now_ns());
  receive();
  const Nanoseconds now = now_ns();
  if (now >= next_timers_) {
    next_timers_ = now + kBetweenTimers;
    for (Segment& segment : segments_) {
      segment.on_time(now);
    }
    if (options_.querier && now >= next_query_) {
      send_query(now);
    }
  }
  if (has_sent || has_received_ || options_.busy) {
    return;
  }
  if (stream_.groups.empty() || is_finished()) {
    const timespec pause{0, 20 * kMicrosecond};
    nanosleep(&pause, nullptr);
  } else {
    // So that a switch which shares the core gets it between two frames.
    sched_yield();
  }
}

void Tester::wait_for(Nanoseconds duration) {
  wait_until([] { return false; }, duration);
}

bool Tester::wait_until(const std::function<bool()>& done, Nanoseconds limit) {
  const Nanoseconds end = now_ns() + limit;
  while (!done()) {
    if (now_ns() >= end) {
      return false;
    }
    step();
  }
  return true;
}

bool Tester::wait_for_quiet(Nanoseconds quiet, Nanoseconds limit) {
  const Nanoseconds begin = now_ns();
  return wait_until([&] { return now_ns() - std::max(begin, last_arrival_) >= quiet; }, limit);
}

std::uint64_t Tester::take_own_drops() {
  std::uint64_t sum = 0;
  for (const auto& socket : sockets_) {
    sum += socket->take_drops();
  }
  return sum;
}

std::uint64_t Tester::queries_heard() const {
  std::uint64_t sum = 0;
  for (const Segment& segment : segments_) {
    sum += segment.counters().queries;
  }
  return sum;
}

}  // namespace mcswitch::bench::interfaces
