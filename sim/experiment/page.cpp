// Bars, drawn as SVG: one group for each size, one bar for each protocol and loss.
#include "sim/experiment/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace conclave::sim {

namespace {

constexpr double bar_width = 34;
constexpr double bar_gap = 4;
constexpr double group_gap = 30;
constexpr double plot_height = 180;
constexpr double head = 24;  // above the greatest bar, for its figure
constexpr double foot = 22;
constexpr double most_of_plot = plot_height - head;

// Told apart also by who sees few colours (Okabe and Ito).
constexpr std::array<const char*, 7> colours{"#0072b2", "#e69f00", "#009e73", "#d55e00",
                                             "#56b4e9", "#cc79a7", "#8a8a8a"};

constexpr const char* style =
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;"
    "color:#1a1a1a;background:#fff}h2{font-size:1.05rem;margin:2rem 0 .3rem}"
    "svg{display:block;max-width:100%}text{font:11px system-ui,sans-serif;fill:currentColor}"
    "ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.4rem}"
    "i{display:inline-block;width:.9em;height:.9em;margin-right:.4em;vertical-align:-.1em}"
    "table{border-collapse:collapse;margin-top:2rem}td,th{padding:.2rem .8rem;text-align:right;"
    "border-bottom:1px solid #8886}td:first-child,th:first-child{text-align:left}"
    "@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#16181c}}";

std::string series_of(const measured_row& row) {
  return fmt::format("{}, {:g} % lost", row.protocol, row.loss_percent);
}

std::string figure_of(const std::optional<double>& value) {
  return !value ? "never" : fmt::format("{:.3g}", *value);
}

template <class Value, class Of>
std::vector<Value> distinct(const std::vector<measured_row>& rows, Of of) {
  std::vector<Value> all;
  for (const measured_row& row : rows) {
    if (Value one = of(row); std::ranges::find(all, one) == all.end()) {
      all.push_back(std::move(one));
    }
  }
  return all;
}

const char* colour_of(std::size_t series) {
  return colours[series % colours.size()];
}

std::string bar(double x, const std::optional<double>& value, double greatest,
                const std::string& series, const char* colour) {
  const double height = value && greatest > 0 ? *value / greatest * most_of_plot : 0;
  const double top = plot_height - height;
  return fmt::format(
      "<g><title>{}: {}</title><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{:.1f}\" "
      "fill=\"{}\"/><text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text></g>\n",
      series, figure_of(value), x, top, bar_width, std::max(height, 1.0), colour, x + bar_width / 2,
      top - 5, figure_of(value));
}

std::string chart(std::size_t column, const std::vector<measured_row>& rows) {
  const auto sizes =
      distinct<std::uint32_t>(rows, [](const measured_row& row) { return row.members; });
  const auto series = distinct<std::string>(rows, series_of);
  double greatest = 0;
  for (const measured_row& row : rows) {
    greatest = std::max(greatest, row.medians[column].value_or(0));
  }
  const double group = static_cast<double>(series.size()) * (bar_width + bar_gap) + group_gap;
  std::string drawn;
  for (const measured_row& row : rows) {
    const auto at_size = std::ranges::find(sizes, row.members) - sizes.begin();
    const auto at_series = std::ranges::find(series, series_of(row)) - series.begin();
    const double x = static_cast<double>(at_size) * group + group_gap / 2 +
                     static_cast<double>(at_series) * (bar_width + bar_gap);
    drawn += bar(x, row.medians[column], greatest, series_of(row),
                 colour_of(static_cast<std::size_t>(at_series)));
  }
  const double width = group * static_cast<double>(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    drawn +=
        fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{} members</text>\n",
                    (static_cast<double>(i) + 0.5) * group, plot_height + 15, sizes[i]);
  }
  return fmt::format(
      "<svg role=\"img\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\">\n"
      "<line x1=\"0\" x2=\"{0:.0f}\" y1=\"{2}\" y2=\"{2}\" stroke=\"currentColor\"/>\n{3}</svg>\n",
      width, plot_height + foot, plot_height, drawn);
}

std::string heading(const measured_column& column) {
  return column.unit.empty() ? column.what : fmt::format("{}, {}", column.what, column.unit);
}

std::string table(const experiment& which, const std::vector<measured_row>& rows) {
  std::string text = "<table><tr><th>protocol</th><th>members</th><th>lost %</th>";
  for (const measured_column& column : which.columns) {
    text += fmt::format("<th>{}</th>", heading(column));
  }
  text += "</tr>\n";
  for (const measured_row& row : rows) {
    text += fmt::format("<tr><td>{}</td><td>{}</td><td>{:g}</td>", row.protocol, row.members,
                        row.loss_percent);
    for (const std::optional<double>& value : row.medians) {
      text += fmt::format("<td>{}</td>", figure_of(value));
    }
    text += "</tr>\n";
  }
  return text + "</table>\n";
}

}  // namespace

std::string to_html(const experiment& which, const experiment_options& options,
                    const std::string& preset, const std::vector<measured_row>& rows) {
  std::string body = fmt::format(
      "<h1>{}</h1>\n<p>{}. Medians of {} seeds from {}, preset {}. All protocols but "
      "<code>conclave</code> are models.</p>\n<ul>",
      which.name, which.about, options.seeds, options.first_seed, preset);
  const auto series = distinct<std::string>(rows, series_of);
  for (std::size_t i = 0; i < series.size(); ++i) {
    body += fmt::format("<li><i style=\"background:{}\"></i>{}</li>", colour_of(i), series[i]);
  }
  body += "</ul>\n";
  for (std::size_t column = 0; column < which.columns.size(); ++column) {
    body += fmt::format("<h2>{}</h2>\n{}", heading(which.columns[column]), chart(column, rows));
  }
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>"
      "<style>{}</style></head>\n<body>\n{}{}</body></html>\n",
      which.name, style, body, table(which, rows));
}

}  // namespace conclave::sim
