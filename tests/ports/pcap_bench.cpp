// SPDX-License-Identifier: BSD-3-Clause
//
// Capture files, in the format of libpcap.

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ports/bench.hpp"

namespace mcswitch::ports {
namespace {

namespace fs = std::filesystem;

struct FileHeader {
  std::uint32_t magic = 0xa1b2c3d4;
  std::uint16_t major = 2;
  std::uint16_t minor = 4;
  std::uint32_t zone = 0;
  std::uint32_t accuracy = 0;
  std::uint32_t longest = 65535;
  std::uint32_t link = 1;  // Ethernet
};

struct FrameHeader {
  std::uint32_t seconds = 0;
  std::uint32_t microseconds = 0;
  std::uint32_t captured = 0;
  std::uint32_t length = 0;
};

class PcapBench final : public Bench {
 public:
  PcapBench() : directory_{fs::temp_directory_path() / ("mcsports-" + std::to_string(getpid()))} {
    fs::create_directories(directory_);
    send({});
  }
  ~PcapBench() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }
  PcapBench(const PcapBench&) = delete;
  PcapBench& operator=(const PcapBench&) = delete;

  [[nodiscard]] Nature nature() const override { return {}; }
  [[nodiscard]] std::string device() const override {
    return "net_pcap5,rx_pcap=" + (directory_ / "in").string() + ",tx_pcap=" + (directory_ / "out").string();
  }
  bool sends_before_open() override { return true; }
  void send(const std::vector<Frame>& frames) override {
    std::ofstream file{directory_ / "in", std::ios::binary};
    write(file, FileHeader{});
    for (const Frame& frame : frames) {
      const auto size = static_cast<std::uint32_t>(frame.size());
      write(file, FrameHeader{.captured = size, .length = size});
      file.write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
    }
  }
  // The file is complete when the port has been stopped.
  std::vector<Frame> received(dataplane::Port& port) override {
    port.stop();
    std::ifstream file{directory_ / "out", std::ios::binary};
    file.ignore(sizeof(FileHeader));
    std::vector<Frame> frames;
    FrameHeader header;
    while (file.read(reinterpret_cast<char*>(&header), sizeof(header))) {
      Frame frame(header.captured);
      file.read(reinterpret_cast<char*>(frame.data()), header.captured);
      frames.push_back(std::move(frame));
    }
    return frames;
  }

 private:
  template <typename T>
  static void write(std::ofstream& file, const T& value) {
    file.write(reinterpret_cast<const char*>(&value), sizeof(value));
  }

  fs::path directory_;
};

}  // namespace

std::unique_ptr<Bench> make_pcap_bench(rte_mempool* /*pool*/) { return std::make_unique<PcapBench>(); }

}  // namespace mcswitch::ports
