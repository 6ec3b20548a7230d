// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/render.hpp"

#include <algorithm>
#include <cstdlib>

#include "control/control_counters.hpp"
#include "mcsctl/named_row.hpp"
#include "mcsctl/table_printer.hpp"
#include "mcsctl/text.hpp"
#include "telemetry/counter_list.hpp"

namespace mcswitch::mcsctl {

namespace {

std::string link_text(const Named& row) {
  const std::uint64_t speed = row.number("speed_mbps");
  return row.plain("link") + (speed == 0 ? "" : " " + speed_text(speed));
}

// "7": VLAN 7 untagged; "7 +20": VLAN 7 untagged and 20 VLANs tagged; "+20": 20 VLANs tagged only.
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

// What a cell shows: of one key, or of several.
using CellText = std::string (*)(const Named& row, std::string_view key);

template <std::size_t width>
std::string clipped_text(const Named& row, std::string_view key) {
  return clipped(row.plain(key), width);
}

std::string lost_text(const Named& row, std::string_view /*key*/) {
  return row.sum({"rx_missed", "rx_errors", "rx_no_mbuf", "rx_too_long"});
}
std::string not_sent_text(const Named& row, std::string_view /*key*/) {
  return row.sum({"tx_dropped", "tx_errors"});
}

// A column of a table. Without `column` it has the key's title, without `text` it is shown by the key's unit.
struct Shown {
  std::string_view key;
  Column column{};
  CellText text = nullptr;
};

// A table that is not simply every key of the list.
struct View {
  std::string_view verb;
  std::vector<Shown> columns;
  bool (*shows)(const Named&) = [](const Named&) { return true; };
};

const std::vector<View>& views() {
  constexpr Align kRight = Align::right;
  constexpr Align kLeft = Align::left;
  static const std::vector<View> kViews{
      {"ports",
       {{"port"},
        {"device", {}, clipped_text<24>},
        {"link", {}, [](const Named& r, std::string_view) { return link_text(r); }},
        {"vlan", {"vlans", kRight}, [](const Named& r, std::string_view) { return vlans_text(r); }},
        {"rx_packets"},
        {"rx_bytes"},
        {"rx_missed", {"lost", kRight}, lost_text},
        {"rx_dropped", {"rx drop", kRight}},
        {"tx_packets"},
        {"tx_bytes"},
        {"tx_dropped", {"tx drop", kRight}, not_sent_text},
        {"groups"}}},
      {"groups --hosts",
       {{"vlan"},
        {"group"},
        {"source"},
        {"port"},
        {"filter_mode"},
        {"address"},
        {"mac"},
        {"since_ms"},
        {"last_ms"}}},
      {"counters",
       {{"port"},
        {"counter"},
        {"value"},
        {"counter",
         {"meaning", kLeft},
         [](const Named& r, std::string_view key) { return counter_meaning(r.plain(key)); }}},
       [](const Named& r) { return r.number("value") != 0; }},
      {"workers",
       {{"worker"},
        {"core"},
        {"queues", {}, clipped_text<32>},
        {"polls"},
        {"busy_polls",
         {"busy", kRight},
         [](const Named& r, std::string_view key) { return percent_text(r.number(key), r.number("polls")); }},
        {"frames"},
        {"replicas"},
        {"handed_over"},
        {"taken_over"}}},
  };
  return kViews;
}

CellText text_by(telemetry::Unit unit) {
  switch (unit) {
    case telemetry::Unit::milliseconds:
      return [](const Named& row, std::string_view key) { return row.duration(key); };
    case telemetry::Unit::bytes:
      return [](const Named& row, std::string_view key) { return millions_text(row.number(key)); };
    case telemetry::Unit::none:
    case telemetry::Unit::megabits_per_second:
      break;
  }
  return [](const Named& row, std::string_view key) { return row.plain(key); };
}

Shown shown(const Key& key) {
  std::string title{key.title};
  if (title.empty()) {
    title = key.name;
    std::replace(title.begin(), title.end(), '_', ' ');
  }
  return {key.name,
          {std::move(title), key.kind == KeyKind::number ? Align::right : Align::left},
          text_by(key.unit)};
}

// Of a verb that has no view: every key.
View whole_view(const Verb& verb) {
  View view{verb.name, {}};
  for (const Key& key : verb.keys) {
    view.columns.push_back(shown(key));
  }
  return view;
}

View view_of(const Verb& verb) {
  const auto found =
      std::find_if(views().begin(), views().end(), [&](const View& v) { return v.verb == verb.name; });
  if (found == views().end()) {
    return whole_view(verb);
  }
  View view = *found;
  for (Shown& column : view.columns) {
    const Shown by_key = shown(*std::find_if(verb.keys.begin(), verb.keys.end(),
                                             [&](const Key& key) { return key.name == column.key; }));
    if (column.column.title.empty()) {
      column.column = by_key.column;
    }
    if (column.text == nullptr) {
      column.text = by_key.text;
    }
  }
  return view;
}

// Empty: the row is not shown.
std::vector<std::string> cells_of(const View& view, const Named& row) {
  std::vector<std::string> cells;
  if (view.shows(row)) {
    for (const Shown& column : view.columns) {
      cells.push_back(column.text(row, column.key));
    }
  }
  return cells;
}

TablePrinter printer_of(const View& view) {
  std::vector<Column> columns;
  for (const Shown& shown : view.columns) {
    columns.push_back(shown.column);
  }
  return TablePrinter{std::move(columns)};
}

}  // namespace

void render(const Verb& verb, const Records& records, const Writer& write) {
  const View view = view_of(verb);
  TablePrinter table = printer_of(view);
  // Twice over the rows, rather than keep the cells of millions.
  bool any = false;
  for (std::size_t row = 0; row < records.size(); ++row) {
    const auto cells = cells_of(view, Named{records, row});
    if (!cells.empty()) {
      table.measure(cells);
      any = true;
    }
  }
  if (!any) {
    write(verb.nothing + "\n");
    return;
  }
  std::string text = table.titles();
  for (std::size_t row = 0; row < records.size(); ++row) {
    if (const auto cells = cells_of(view, Named{records, row}); !cells.empty()) {
      text += table.line(cells);
    }
    if (text.size() >= kWriteBytes) {
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
