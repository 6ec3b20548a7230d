// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/render.hpp"

#include <algorithm>
#include <cstdlib>

#include "control/control_counters.hpp"
#include "mcsctl/table_printer.hpp"
#include "mcsctl/text.hpp"
#include "telemetry/counter_list.hpp"

namespace mcswitch::mcsctl {

namespace {

// A row whose values are asked for by name.
class Named {
 public:
  Named(const Records& records, std::size_t row) : records_{records}, row_{row} {}

  [[nodiscard]] ValueView operator[](std::string_view name) const {
    const std::vector<Key>& keys = records_.keys();
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == name; });
    return records_.value(row_, static_cast<std::size_t>(found - keys.begin()));
  }
  [[nodiscard]] std::uint64_t number(std::string_view name) const {
    const ValueView value = (*this)[name];
    const auto* number = std::get_if<std::uint64_t>(&value);
    return number == nullptr ? 0 : *number;
  }
  // Empty if there is none.
  [[nodiscard]] std::string text(std::string_view name) const {
    const ValueView value = (*this)[name];
    const auto* text = std::get_if<std::string_view>(&value);
    return text == nullptr ? std::string{} : std::string{*text};
  }
  [[nodiscard]] std::string plain(std::string_view name) const {
    const ValueView value = (*this)[name];
    if (const auto* n = std::get_if<std::uint64_t>(&value)) {
      return std::to_string(*n);
    }
    const auto* text = std::get_if<std::string_view>(&value);
    return text == nullptr ? "-" : std::string{*text};
  }
  [[nodiscard]] std::string duration(std::string_view name) const {
    const ValueView value = (*this)[name];
    const auto* number = std::get_if<std::uint64_t>(&value);
    return number == nullptr ? "-" : duration_text(*number);
  }

 private:
  const Records& records_;
  std::size_t row_;
};

std::string link_text(const Named& row) {
  const std::uint64_t speed = row.number("speed_mbps");
  return row.plain("link") + (speed == 0 ? "" : " " + speed_text(speed));
}

// "7" for untagged frames of VLAN 7, "7 +20" with 20 tagged VLANs beside, "+20" with these alone.
std::string vlans_text(const Named& row) {
  std::uint64_t tagged = 0;
  const std::string ranges = row.text("tagged_vlans");
  for (std::size_t begin = 0; begin < ranges.size();) {
    const std::size_t end = std::min(ranges.find(' ', begin), ranges.size());
    const std::string range = ranges.substr(begin, end - begin);
    const std::size_t dash = range.find('-');
    tagged += dash == std::string::npos ? 1
                                        : std::strtoul(range.c_str() + dash + 1, nullptr, 10) -
                                              std::strtoul(range.c_str(), nullptr, 10) + 1;
    begin = end + 1;
  }
  std::string text = row.number("vlan") == 0 ? "" : row.plain("vlan");
  if (tagged != 0) {
    text += (text.empty() ? "+" : " +") + std::to_string(tagged);
  }
  return text.empty() ? "-" : text;
}

std::string counter_meaning(std::string_view name) {
  const auto find = [&](const auto& list) -> std::string {
    for (const auto& row : list) {
      if (row.name == name) {
        return std::string{row.text};
      }
    }
    return {};
  };
  const std::string text = find(telemetry::kCounterNames);
  return text.empty() ? find(control::kControlCounterNames) : text;
}

struct View {
  const char* verb;
  const char* nothing;  // what is said in place of an empty table
  std::vector<Column> columns;
  // No cells: the row is not shown.
  std::vector<std::string> (*cells)(const Named&);
};

std::vector<View> make_views() {
  constexpr Align kRight = Align::right;
  constexpr Align kLeft = Align::left;
  return {
      {"ports",
       "no ports",
       {{"port", kLeft},
        {"device", kLeft},
        {"link", kLeft},
        {"vlans", kRight},
        {"queues", kRight},
        {"rx packets", kRight},
        {"rx MB", kRight},
        {"tx packets", kRight},
        {"tx MB", kRight},
        {"dropped", kRight},
        {"groups", kRight}},
       [](const Named& r) -> std::vector<std::string> {
         constexpr std::size_t kDeviceWidth = 28;
         const std::string queues = r.plain("rx_queues") + "/" + r.plain("tx_queues");
         return {r.plain("port"),
                 clipped(r.plain("device"), kDeviceWidth),
                 link_text(r),
                 vlans_text(r),
                 queues,
                 r.plain("rx_packets"),
                 millions_text(r.number("rx_bytes")),
                 r.plain("tx_packets"),
                 millions_text(r.number("tx_bytes")),
                 r.plain("tx_dropped"),
                 r.plain("groups")};
       }},
      {"groups",
       "no groups",
       {{"vlan", kRight},
        {"group", kLeft},
        {"source", kLeft},
        {"port", kLeft},
        {"mode", kLeft},
        {"protocol", kLeft},
        {"expires in", kRight},
        {"hosts", kRight}},
       [](const Named& r) -> std::vector<std::string> {
         return {r.plain("vlan"),        r.plain("group"),    r.plain("source"),        r.plain("port"),
                 r.plain("filter_mode"), r.plain("protocol"), r.duration("expires_ms"), r.plain("hosts")};
       }},
      {"groups --hosts",
       "no groups",
       {{"vlan", kRight},
        {"group", kLeft},
        {"source", kLeft},
        {"port", kLeft},
        {"mode", kLeft},
        {"host", kLeft},
        {"mac", kLeft},
        {"member for", kRight},
        {"last report", kRight}},
       [](const Named& r) -> std::vector<std::string> {
         return {r.plain("vlan"), r.plain("group"),       r.plain("source"),
                 r.plain("port"), r.plain("filter_mode"), r.plain("address"),
                 r.plain("mac"),  r.duration("since_ms"), r.duration("last_ms")};
       }},
      {"routers",
       "no router ports",
       {{"vlan", kRight}, {"port", kLeft}, {"origin", kLeft}, {"address", kLeft}, {"expires in", kRight}},
       [](const Named& r) -> std::vector<std::string> {
         return {r.plain("vlan"), r.plain("port"), r.plain("origin"), r.plain("address"),
                 r.duration("expires_ms")};
       }},
      {"queriers",
       "no VLANs",
       {{"vlan", kRight},
        {"protocol", kLeft},
        {"role", kLeft},
        {"address", kLeft},
        {"version", kRight},
        {"expires in", kRight}},
       [](const Named& r) -> std::vector<std::string> {
         return {r.plain("vlan"),    r.plain("protocol"), r.plain("role"),
                 r.plain("address"), r.plain("version"),  r.duration("expires_ms")};
       }},
      {"macs",
       "no MAC addresses",
       {{"vlan", kRight}, {"mac", kLeft}, {"port", kLeft}, {"age", kRight}},
       [](const Named& r) -> std::vector<std::string> {
         return {r.plain("vlan"), r.plain("mac"), r.plain("port"), r.duration("age_ms")};
       }},
      {"counters",
       "all counters are 0",
       {{"port", kLeft}, {"counter", kLeft}, {"value", kRight}, {"meaning", kLeft}},
       [](const Named& r) -> std::vector<std::string> {
         if (r.number("value") == 0) {
           return {};
         }
         return {r.plain("port"), r.plain("counter"), r.plain("value"), counter_meaning(r.plain("counter"))};
       }},
      {"workers",
       "no workers",
       {{"worker", kRight},
        {"core", kRight},
        {"port:queue", kLeft},
        {"polls", kRight},
        {"busy", kRight},
        {"frames", kRight},
        {"replicas", kRight},
        {"handed over", kRight},
        {"taken over", kRight}},
       [](const Named& r) -> std::vector<std::string> {
         constexpr std::size_t kQueuesWidth = 32;
         return {r.plain("worker"),
                 r.plain("core"),
                 clipped(r.plain("queues"), kQueuesWidth),
                 r.plain("polls"),
                 percent_text(r.number("busy_polls"), r.number("polls")),
                 r.plain("frames"),
                 r.plain("replicas"),
                 r.plain("handed_over"),
                 r.plain("taken_over")};
       }},
  };
}

}  // namespace

void render(const Verb& verb, const Records& records, const Writer& write) {
  static const std::vector<View> kViews = make_views();
  const auto view =
      std::find_if(kViews.begin(), kViews.end(), [&](const View& v) { return verb.name == v.verb; });
  TablePrinter table{view->columns};
  // Twice over the rows, rather than keep the cells of millions.
  bool any = false;
  for (std::size_t row = 0; row < records.size(); ++row) {
    const auto cells = view->cells(Named{records, row});
    if (!cells.empty()) {
      table.measure(cells);
      any = true;
    }
  }
  if (!any) {
    write(std::string{view->nothing} + "\n");
    return;
  }
  std::string text = table.titles();
  for (std::size_t row = 0; row < records.size(); ++row) {
    if (const auto cells = view->cells(Named{records, row}); !cells.empty()) {
      text += table.line(cells);
    }
    if (text.size() >= kWriteOctets) {
      write(text);
      text.clear();
    }
  }
  write(text);
}

std::string render(const Object& object) {
  std::size_t width = 0;
  for (const auto& [name, value] : object) {
    width = std::max(width, name.size());
  }
  std::string text;
  for (const auto& [name, value] : object) {
    const auto* number = std::get_if<std::uint64_t>(&value);
    const auto* words = std::get_if<std::string>(&value);
    std::string shown = number != nullptr ? std::to_string(*number) : words != nullptr ? *words : "-";
    std::string title = name;
    if (constexpr std::string_view kUnit = "_ms"; number != nullptr && title.ends_with(kUnit)) {
      shown = duration_text(*number);
      title.resize(title.size() - kUnit.size());
    }
    std::replace(title.begin(), title.end(), '_', ' ');
    title.resize(width, ' ');
    text += title + "  " + shown + "\n";
  }
  return text;
}

}  // namespace mcswitch::mcsctl
