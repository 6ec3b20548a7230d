// SPDX-License-Identifier: BSD-3-Clause
//
// A family of ports on the bench: a device of it, and the far side of that device, which sends frames to the
// port and sees what the port sends.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "dataplane/port.hpp"
#include "ports/frames.hpp"

namespace mcswitch::ports {

// The families differ in what there is to test; a test that does not apply to one says so.
struct Nature {
  // The far side can send. Not on null: it has no far side, and makes its frames itself.
  bool can_be_sent_to = true;
  bool can_be_watched = true;  // the far side sees what the port sends
  // Not ring, pcap, null: DPDK says that they are up while they run. Not a bond of TAPs: TAP does not tell
  // it.
  bool can_lose_link = false;
  // The far side is an interface of the kernel, with offloads: AF_PACKET and AF_XDP on veth.
  bool has_kernel_peer = false;
  bool passes_chains = true;    // what limits().multi_segment_transmit has to say
  bool returns_buffers = true;  // stop() frees what is still inside
  // Largest MTU, where the device or the family has one.
  std::optional<std::uint16_t> largest_mtu{};
};

class Bench {
 public:
  virtual ~Bench() = default;
  [[nodiscard]] virtual Nature nature() const = 0;
  // Device string of the port under test.
  [[nodiscard]] virtual std::string device() const = 0;

  // Frames for the port to receive. If they have to be in a file, send() is called before the port is open.
  virtual bool sends_before_open() { return false; }
  virtual void send(const std::vector<Frame>& frames) = 0;
  // All that the port has sent since the last call; may stop the port.
  virtual std::vector<Frame> received(dataplane::Port& port) = 0;

  // After open() and start() of the port, before anything is sent: the far side gets ready.
  virtual void connect() {}
  // Takes the link away, or gives it back.
  virtual void set_link(bool /*up*/) {}
  // Tagged frames that come by way of the kernel, which takes the tag out of a frame that it receives and
  // leaves putting it in again to the interface that sends it.
  virtual void send_through_kernel(const std::vector<Frame>& /*frames*/) {}
  // The far side's MTU, where it has one.
  virtual void set_mtu(std::uint16_t /*mtu*/) {}
};

struct Family {
  std::string name;
  std::unique_ptr<Bench> (*make)(rte_mempool* pool);
};
// A test is named after its family; this is for messages.
inline std::ostream& operator<<(std::ostream& out, const Family& family) { return out << family.name; }

std::unique_ptr<Bench> make_ring_bench(rte_mempool* pool);
std::unique_ptr<Bench> make_bonding_bench(rte_mempool* pool);
std::unique_ptr<Bench> make_null_bench(rte_mempool* pool);
std::unique_ptr<Bench> make_pcap_bench(rte_mempool* pool);
std::unique_ptr<Bench> make_memif_bench(rte_mempool* pool);
std::unique_ptr<Bench> make_tap_bench(rte_mempool* pool);
std::unique_ptr<Bench> make_af_packet_bench(rte_mempool* pool);
std::unique_ptr<Bench> make_af_xdp_bench(rte_mempool* pool);

// Waits until `fact` is true; false if it is not within two seconds.
bool eventually(const std::function<bool()>& fact);

}  // namespace mcswitch::ports
