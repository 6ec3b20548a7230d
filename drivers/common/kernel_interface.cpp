// SPDX-License-Identifier: BSD-3-Clause

#include "common/kernel_interface.hpp"

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <rte_eal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "common/interface_notes.hpp"
#include "config/device_string.hpp"

namespace mcswitch::drivers {
namespace {

class Request {
 public:
  explicit Request(const std::string& interface) : socket_{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
    interface.copy(ifreq_.ifr_name, IFNAMSIZ - 1);
  }
  ~Request() {
    if (socket_ >= 0) {
      close(socket_);
    }
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  bool call(unsigned long what) { return ioctl(socket_, what, &ifreq_) == 0; }
  template <typename Command>
  bool ethtool(Command& command) {
    ifreq_.ifr_data = reinterpret_cast<char*>(&command);
    return call(SIOCETHTOOL);
  }
  ifreq& operator*() { return ifreq_; }

 private:
  int socket_;
  ifreq ifreq_{};
};

std::string disable_ipv6_path(const std::string& interface) {
  return fmt::format("/proc/sys/net/ipv6/conf/{}/disable_ipv6", interface);
}

}  // namespace

std::string KernelInterface::read_name(std::string_view device, std::string_view example) {
  const auto interface = config::device_argument(device, "iface");
  if (!interface || interface->empty()) {
    return fmt::format("has no iface=: {} would be right", example);
  }
  if (interface->size() >= IFNAMSIZ) {
    return fmt::format("there is no interface {} (ip link shows those that are there)", *interface);
  }
  name_ = *interface;
  return {};
}

std::string KernelInterface::find(std::string_view device, std::string_view example) {
  if (std::string problem = read_name(device, example); !problem.empty()) {
    return problem;
  }
  if (index() == 0) {
    return fmt::format("there is no interface {} (ip link shows those that are there)", name_);
  }
  return {};
}

int KernelInterface::index() const { return static_cast<int>(if_nametoindex(name_.c_str())); }

std::string KernelInterface::use_problem() const {
  const std::string words = InterfaceUse{index()}.words();
  return words.empty() ? words
                       : fmt::format(
                             "{} {}, and would not be while it is a port: use another interface, or write "
                             "take-over = true in its [[port]], which makes it what it was at the end",
                             name_, words);
}

unsigned KernelInterface::receive_queues() const {
  Request request{name_};
  ethtool_channels channels{};
  channels.cmd = ETHTOOL_GCHANNELS;
  if (!request.ethtool(channels)) {
    return 1;
  }
  return std::max(1U, channels.rx_count + channels.combined_count);
}

std::string KernelInterface::driver() const {
  Request request{name_};
  ethtool_drvinfo info{};
  info.cmd = ETHTOOL_GDRVINFO;
  return request.ethtool(info) ? std::string{info.driver} : std::string{};
}

std::string KernelInterface::prepare(int mtu) {
  use_ = InterfaceUse{index()};
  if (!use_.release()) {
    return fmt::format("{} {}, and the kernel does not take it out of there", name_, use_.words());
  }
  const InterfaceNotes left = InterfaceNotes::read(rte_eal_get_runtime_dir(), name_, index());
  use_.add(left.master, left.ipv6);
  Request request{name_};
  if (!request.call(SIOCGIFMTU)) {
    return fmt::format("the MTU of {} cannot be read: {}", name_, std::strerror(errno));
  }
  if ((*request).ifr_mtu < mtu) {
    const int has = (*request).ifr_mtu;
    (*request).ifr_mtu = mtu;
    if (!request.call(SIOCSIFMTU)) {
      return fmt::format("{} has an MTU of {} and does not take {}: {}", name_, has, mtu,
                         std::strerror(errno));
    }
  }
  if (!request.call(SIOCGIFFLAGS)) {
    return fmt::format("the state of {} cannot be read: {}", name_, std::strerror(errno));
  }
  const int flags = (*request).ifr_flags;
  keep_frames_apart();
  if ((flags & (IFF_UP | IFF_PROMISC)) != (IFF_UP | IFF_PROMISC)) {
    (*request).ifr_flags = static_cast<short>(flags | IFF_UP | IFF_PROMISC);
    if (!request.call(SIOCSIFFLAGS)) {
      return fmt::format("{} cannot be set up and promiscuous: {}", name_, std::strerror(errno));
    }
    promiscuous_was_off_ = (flags & IFF_PROMISC) == 0;
  }
  promiscuous_was_off_ |= left.promiscuous_was_off;
  gro_was_on_ |= left.gro_was_on;
  flags_off_ |= left.flags_off;
  std::string problem = switch_ipv6_off(left.ipv6_was_on);
  write_notes();
  return problem;
}

void KernelInterface::write_notes() {
  has_notes_ = true;
  InterfaceNotes{.ipv6_was_on = ipv6_was_disabled_ == '0',
                 .promiscuous_was_off = promiscuous_was_off_,
                 .gro_was_on = gro_was_on_,
                 .flags_off = flags_off_,
                 .master = use_.master(),
                 .ipv6 = use_.ipv6()}
      .write(rte_eal_get_runtime_dir(), name_, index());
}

std::string KernelInterface::switch_ipv6_off(bool was_on) {
  const std::string path = disable_ipv6_path(name_);
  std::ifstream in{path};
  char was = '1';
  if (in >> was && was == '0') {
    std::ofstream out{path};
    out << "1\n";
    out.flush();
    if (!out) {
      return fmt::format(
          "IPv6 of {} cannot be switched off ({} is not writable): switch it off with "
          "sysctl net.ipv6.conf.{}.disable_ipv6=1",
          name_, path, name_);
    }
    ipv6_was_disabled_ = was;
  } else if (was_on) {
    ipv6_was_disabled_ = '0';
  }
  return {};
}

void KernelInterface::switch_flags_off(std::uint32_t flags) {
  Request request{name_};
  ethtool_value value{};
  value.cmd = ETHTOOL_GFLAGS;
  if (!request.ethtool(value)) {
    return;
  }
  const std::uint32_t were_on = value.data & flags;
  value.cmd = ETHTOOL_SFLAGS;
  value.data &= ~were_on;
  if (were_on != 0 && request.ethtool(value)) {
    flags_off_ |= were_on;
  }
}

void KernelInterface::keep_tags_in_frames() { switch_flags_off(ETH_FLAG_RXVLAN | ETH_FLAG_TXVLAN); }

// Merged segments of TCP are longer than the MTU, and a switch passes frames on as they were sent.
void KernelInterface::keep_frames_apart() {
  switch_flags_off(ETH_FLAG_LRO);
  Request request{name_};
  ethtool_value value{};
  value.cmd = ETHTOOL_GGRO;
  if (request.ethtool(value) && value.data != 0) {
    value.cmd = ETHTOOL_SGRO;
    value.data = 0;
    gro_was_on_ = request.ethtool(value);
  }
}

bool KernelInterface::is_promiscuous(const std::string& interface) {
  Request request{interface};
  return request.call(SIOCGIFFLAGS) && ((*request).ifr_flags & IFF_PROMISC) != 0;
}

void KernelInterface::set_promiscuous(const std::string& interface, bool on) {
  Request request{interface};
  if (request.call(SIOCGIFFLAGS)) {
    const int flags = (*request).ifr_flags;
    (*request).ifr_flags = static_cast<short>(on ? flags | IFF_PROMISC : flags & ~IFF_PROMISC);
    request.call(SIOCSIFFLAGS);
  }
}

void KernelInterface::set_address(MacAddress address) {
  Request request{name_};
  if (!request.call(SIOCGIFHWADDR)) {
    return;
  }
  auto* const bytes = reinterpret_cast<std::uint8_t*>((*request).ifr_hwaddr.sa_data);
  const MacAddress before = MacAddress::from_bytes(bytes);
  if (before == address) {
    return;
  }
  address.to_bytes(bytes);
  if (request.call(SIOCSIFHWADDR) && !address_) {
    address_ = before;
  }
}

void KernelInterface::forget() {
  remove_notes();
  use_ = {};
  address_.reset();
  ipv6_was_disabled_.reset();
  promiscuous_was_off_ = false;
  flags_off_ = 0;
  gro_was_on_ = false;
}

void KernelInterface::put_back() {
  Request offloads{name_};
  ethtool_value value{};
  value.cmd = ETHTOOL_GFLAGS;
  if (flags_off_ != 0 && offloads.ethtool(value)) {
    value.cmd = ETHTOOL_SFLAGS;
    value.data |= flags_off_;
    offloads.ethtool(value);
  }
  flags_off_ = 0;
  if (gro_was_on_) {
    value.cmd = ETHTOOL_SGRO;
    value.data = 1;
    offloads.ethtool(value);
    gro_was_on_ = false;
  }
  if (ipv6_was_disabled_) {
    std::ofstream{disable_ipv6_path(name_)} << *ipv6_was_disabled_ << '\n';
    ipv6_was_disabled_.reset();
  }
  if (promiscuous_was_off_) {
    promiscuous_was_off_ = false;
    set_promiscuous(name_, false);
  }
  if (address_) {
    set_address(*address_);
    address_.reset();
  }
  use_.put_back();
  use_ = {};
  remove_notes();
}

void KernelInterface::remove_notes() {
  if (has_notes_) {
    InterfaceNotes::remove(rte_eal_get_runtime_dir(), name_);
    has_notes_ = false;
  }
}

}  // namespace mcswitch::drivers
