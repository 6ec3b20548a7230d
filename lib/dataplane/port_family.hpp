// SPDX-License-Identifier: BSD-3-Clause
//
// A family of devices that can be ports: what is known of all its devices before one of them is opened, and
// what the device does not report itself afterwards. drivers/driver_table.cpp has a row of this type for each
// family; code that needs to know something of a driver gets the table as a parameter.
//
// Threads: constants; any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "config/device_string.hpp"
#include "dataplane/port.hpp"

namespace mcswitch::dataplane {

struct PortFamily {
  std::string_view name;  // "af_packet"
  // What a device string begins with; empty: a PCI address.
  std::string_view device_prefix{};
  std::string_view help{};  // one line for error messages and --help

  // The maximum that is of use to a switch; kAsTheDeviceHas: only the device knows it, after its start.
  static constexpr std::uint16_t kAsTheDeviceHas = UINT16_MAX;
  std::uint16_t max_rx_queues = kAsTheDeviceHas;
  std::uint16_t max_tx_queues = kAsTheDeviceHas;

  // Filters nothing, and so has no promiscuous mode that could be switched on.
  bool hears_everything = false;
  // Passes chained buffers each way although the device does not announce it.
  bool chains_buffers = false;
  // rte_eth_tx_burst() can block when the device is full: say how in drivers/README.md.
  bool transmit_may_block = false;
  // check() or open() of the family handles the MTU: DPDK knows too little of it with this device.
  bool own_mtu = false;

  // Packet buffers that a port has besides the switch's: those that its device holds, and those that a core
  // may keep. To these come the frames that are kept by other ports (machine/memory_plan.hpp).
  struct OwnBuffers {
    std::uint32_t in_device = 0;
    std::uint32_t per_core = 0;
    std::uint32_t size = 0;  // bytes of one, with all that is around it
    friend bool operator==(const OwnBuffers&, const OwnBuffers&) = default;
  };
  OwnBuffers own_buffers{};
  // The device may keep each frame that it has sent until the descriptor is used again; false: it copies the
  // frame, and gives it back at once.
  bool keeps_sent = true;
  // The device reads and writes packet buffers by itself: their memory is locked, and counted against the
  // limit of locked memory.
  bool locks_memory = false;
  // The kernel shares a ring with the device and locks it: `framecnt` frames of `framesz` bytes each way.
  bool locks_ring = false;
  // Linux capabilities that a process needs for it: bit n is that of capability n (linux/capability.h).
  std::uint64_t capabilities = 0;

  std::unique_ptr<Port> (*make)(const PortFamily& family, const config::Port& settings) = nullptr;
  [[nodiscard]] std::unique_ptr<Port> make_port(const config::Port& settings) const {
    return make(*this, settings);
  }

  [[nodiscard]] bool has(std::string_view device) const {
    return device_prefix.empty() ? config::device_pci_address(device).has_value()
                                 : device.starts_with(device_prefix);
  }
};

// The families that there are, in the order in which they are tried. The rows have to outlive it.
class PortFamilies {
 public:
  constexpr explicit PortFamilies(std::span<const PortFamily> rows) : rows_{rows} {}

  [[nodiscard]] constexpr std::span<const PortFamily> rows() const { return rows_; }

  // The family of a device string, or nullptr.
  [[nodiscard]] const PortFamily* find(std::string_view device) const {
    for (const PortFamily& family : rows_) {
      if (family.has(device)) {
        return &family;
      }
    }
    return nullptr;
  }
  // Likewise; of a device that no family has, one that needs nothing.
  [[nodiscard]] const PortFamily& of(std::string_view device) const {
    static constexpr PortFamily kUnknown;
    const PortFamily* family = find(device);
    return family == nullptr ? kUnknown : *family;
  }

 private:
  std::span<const PortFamily> rows_;
};

}  // namespace mcswitch::dataplane
