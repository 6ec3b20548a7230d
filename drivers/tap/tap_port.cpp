// SPDX-License-Identifier: BSD-3-Clause

#include "tap/tap_port.hpp"

#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/kernel_interface.hpp"
#include "config/device_string.hpp"

namespace mcswitch::drivers {

dataplane::Port::Problem TapPort::check() {
  if (access("/dev/net/tun", R_OK | W_OK) != 0) {
    return fmt::format("/dev/net/tun cannot be opened: {} (modprobe tun; the switch needs CAP_NET_ADMIN)",
                       std::strerror(errno));
  }
  const auto interface = config::device_argument(settings().device, "iface");
  if (!interface) {
    return std::nullopt;
  }
  if (interface->empty() || interface->size() >= IFNAMSIZ) {
    return fmt::format("iface={} is no name for an interface: 1 to {} characters would be right", *interface,
                       IFNAMSIZ - 1);
  }
  KernelInterface there;
  if (there.find(settings().device, {}).empty() && there.driver() != "tun") {
    return fmt::format(
        "would make an interface {}, and there is one already that is no TAP: give it another name, or use "
        "net_af_packet0,iface={}",
        *interface, *interface);
  }
  return std::nullopt;
}

// DPDK gives the interface and its device one address. The port's is another one that nobody has: the same,
// locally administered (IEEE 802 section 8.4) and with one bit turned.
MacAddress TapPort::mac() const {
  constexpr std::uint64_t kLocallyAdministered = std::uint64_t{0x02} << 40;
  constexpr std::uint64_t kTurned = std::uint64_t{0x80} << 32;
  return MacAddress{(EthdevPort::mac().bits | kLocallyAdministered) ^ kTurned};
}

}  // namespace mcswitch::drivers
