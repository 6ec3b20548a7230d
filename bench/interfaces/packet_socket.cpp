// SPDX-License-Identifier: BSD-3-Clause

#include "interfaces/packet_socket.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "interfaces/failure.hpp"
#include "interfaces/frames.hpp"

namespace mcswitch::bench::interfaces {
namespace {

constexpr std::size_t kSlotSize = 256;  // the ring's header, and the kept part of a frame
constexpr std::size_t kBlockSize = 65536;

std::string reason() { return std::strerror(errno); }

[[noreturn]] void refuse(const std::string& interface, std::string_view what) {
  if (errno == EPERM || errno == EACCES) {
    throw Failure{kExitSystem, fmt::format("{}: not permitted ({}): packet sockets need root or CAP_NET_RAW "
                                           "(setcap cap_net_raw+ep on the program, or be root)",
                                           interface, what)};
  }
  throw Failure{kExitSystem, fmt::format("{}: {}: {}", interface, what, reason())};
}

template <typename Value>
bool set_option(int fd, int level, int name, const Value& value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

// Keeps the beginning of UDP to the stream's port and of IGMP.
void attach_filter(int fd, const std::string& interface) {
  std::array<sock_filter, 10> program{{
      {BPF_LD | BPF_H | BPF_ABS, 0, 0, 12},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 7, ETH_P_IP},
      {BPF_LD | BPF_B | BPF_ABS, 0, 0, 23},
      {BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 2},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 17},
      {BPF_LDX | BPF_B | BPF_MSH, 0, 0, 14},
      {BPF_LD | BPF_H | BPF_IND, 0, 0, 16},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, kStreamPort},
      {BPF_RET | BPF_K, 0, 0, kReadBytes},
      {BPF_RET | BPF_K, 0, 0, 0},
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (!set_option(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter)) {
    refuse(interface, "socket filter");
  }
}

tpacket2_hdr* header_of(std::uint8_t* slot) { return reinterpret_cast<tpacket2_hdr*>(slot); }

}  // namespace

PacketSocket::PacketSocket(std::string interface, std::size_t ring_frames)
    : interface_{std::move(interface)} {
  try {
    open();
    if (ring_frames > 0) {
      make_ring(ring_frames);
    }
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = index_;
    // Without a protocol nothing is received.
    address.sll_protocol = ring_frames > 0 ? htons(ETH_P_IP) : 0;
    if (bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      refuse(interface_, "bind");
    }
  } catch (...) {
    if (fd_ >= 0) {
      close(fd_);
    }
    throw;
  }
}

PacketSocket::~PacketSocket() {
  if (ring_ != nullptr) {
    munmap(ring_, slots_ * kSlotSize);
  }
  close(fd_);
}

void PacketSocket::open() {
  ifreq request{};
  if (interface_.empty() || interface_.size() >= sizeof request.ifr_name ||
      if_nametoindex(interface_.c_str()) == 0) {
    throw Failure{kExitUsage, fmt::format("{}: there is no such interface in this network namespace (ip link "
                                          "shows those there are)",
                                          interface_)};
  }
  index_ = static_cast<int>(if_nametoindex(interface_.c_str()));
  fd_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd_ < 0) {
    refuse(interface_, "packet socket");
  }
  std::ranges::copy(interface_, request.ifr_name);
  if (ioctl(fd_, SIOCGIFHWADDR, &request) != 0 || request.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
    throw Failure{kExitUsage, fmt::format("{}: is not an Ethernet interface", interface_)};
  }
  // A link that has just come up is announced up to a second later.
  constexpr int kLooks = 30;
  const timespec pause{0, 100 * kMillisecond};
  for (int n = 0; n < kLooks; ++n) {
    if (ioctl(fd_, SIOCGIFFLAGS, &request) != 0) {
      refuse(interface_, "state of the link");
    }
    if ((request.ifr_flags & IFF_UP) == 0 || (request.ifr_flags & IFF_RUNNING) != 0) {
      break;
    }
    nanosleep(&pause, nullptr);
  }
  if ((request.ifr_flags & IFF_UP) == 0) {
    throw Failure{kExitUsage, fmt::format("{0}: is down (ip link set dev {0} up)", interface_)};
  }
  if ((request.ifr_flags & IFF_RUNNING) == 0) {
    throw Failure{kExitUsage,
                  fmt::format("{}: has no link: is the switch's end of the cable up?", interface_)};
  }
  if (ioctl(fd_, SIOCGIFMTU, &request) != 0) {
    refuse(interface_, "MTU");
  }
  mtu_ = request.ifr_mtu;
  // What the kernel does not know is done without: the run is then slower, not wrong.
  set_option(fd_, SOL_PACKET, PACKET_QDISC_BYPASS, int{1});
  set_option(fd_, SOL_SOCKET, SO_SNDBUF, int{4 << 20});
}

void PacketSocket::make_ring(std::size_t frames) {
  packet_mreq membership{};
  membership.mr_ifindex = index_;
  membership.mr_type = PACKET_MR_PROMISC;
  if (!set_option(fd_, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership)) {
    refuse(interface_, "promiscuous mode");
  }
  attach_filter(fd_, interface_);
  if (!set_option(fd_, SOL_PACKET, PACKET_VERSION, int{TPACKET_V2})) {
    refuse(interface_, "TPACKET_V2");
  }
  tpacket_req ring{};
  ring.tp_frame_size = kSlotSize;
  ring.tp_frame_nr = static_cast<unsigned>(frames);
  ring.tp_block_size = kBlockSize;
  ring.tp_block_nr = static_cast<unsigned>(frames * kSlotSize / kBlockSize);
  if (!set_option(fd_, SOL_PACKET, PACKET_RX_RING, ring)) {
    refuse(interface_, fmt::format("a ring of {} frames", frames));
  }
  void* memory = mmap(nullptr, frames * kSlotSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (memory == MAP_FAILED) {
    refuse(interface_, "memory of the ring");
  }
  ring_ = static_cast<std::uint8_t*>(memory);
  slots_ = frames;
}

std::size_t PacketSocket::send(std::span<const std::span<const std::uint8_t>> frames) {
  std::array<iovec, kLargestBatch> parts{};
  std::array<mmsghdr, kLargestBatch> messages{};
  const std::size_t count = std::min(frames.size(), kLargestBatch);
  for (std::size_t i = 0; i < count; ++i) {
    parts[i] = {const_cast<std::uint8_t*>(frames[i].data()), frames[i].size()};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  const int taken = sendmmsg(fd_, messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
  if (taken >= 0) {
    return static_cast<std::size_t>(taken);
  }
  if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) {
    return 0;
  }
  throw Failure{kExitSystem, fmt::format("{}: cannot send: {}", interface_, reason())};
}

bool PacketSocket::peek(ReceivedFrame& frame) const {
  std::uint8_t* slot = ring_ + next_ * kSlotSize;
  tpacket2_hdr* header = header_of(slot);
  // Pairs with the kernel's barrier before it hands the slot over.
  if ((std::atomic_ref{header->tp_status}.load(std::memory_order_acquire) & TP_STATUS_USER) == 0) {
    return false;
  }
  frame.bytes = {slot + header->tp_mac, header->tp_snaplen};
  frame.size = header->tp_len;
  frame.received = header->tp_sec * kSecond + header->tp_nsec;
  return true;
}

void PacketSocket::release() {
  std::atomic_ref{header_of(ring_ + next_ * kSlotSize)->tp_status}.store(TP_STATUS_KERNEL,
                                                                         std::memory_order_release);
  next_ = next_ + 1 == slots_ ? 0 : next_ + 1;
}

std::uint64_t PacketSocket::take_drops() {
  tpacket_stats statistics{};
  socklen_t size = sizeof statistics;
  return getsockopt(fd_, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0 ? statistics.tp_drops : 0;
}

}  // namespace mcswitch::bench::interfaces
