// ladder_report.h: what was measured, as a table and as a file that draw_ladder.py reads.
#pragma once

#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>

#include "ladder_measure.h"
#include "vector.h"

namespace {

using namespace pellucid;
using std::int64_t;
namespace fast = PELLUCID_ISA;

void print(const Ladder& ladder, const char* title) {
  std::printf("%-32s %9s %9s %12s %13s %9s\n", title, "ms", "GFLOP/s", "of FMA peak", "times before", "error");
  for (std::size_t i = 0; i < ladder.rungs.size(); ++i) {
    const Rung& rung = ladder.rungs[i];
    std::printf("%-32s %9.2f %9.1f %11.1f%% %13.1f %9.1e\n", rung.name.c_str(), 1e3 * rung.seconds,
                ladder.gflops(rung), 100 * ladder.peak_share(rung), ladder.times_before(i), rung.error);
  }
  std::printf("FMA peak of this core: %.1f GFLOP/s, vectors of %d floats\n\n", 2e-9 * ladder.peak, fast::kLanes);
}

// What the processor calls itself, where the system tells.
std::string processor() {
  std::ifstream lines("/proc/cpuinfo");
  std::string name, family, model;
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    const std::size_t colon = line.find(": ");
    const std::string key = line.substr(0, line.find('\t'));
    const std::string value = colon == std::string::npos ? "" : line.substr(colon + 2);
    if (key == "model name") name = value;
    if (key == "cpu family") family = value;
    if (key == "model") model = value;
  }
  return name.empty() ? "unknown" : name + ", family " + family + " model " + model;
}

void write_rungs(std::FILE* file, const char* name, const Ladder& ladder) {
  std::fprintf(file, " \"%s\": [\n", name);
  for (std::size_t i = 0; i < ladder.rungs.size(); ++i) {
    const Rung& rung = ladder.rungs[i];
    std::fprintf(file,
                 "  {\"name\": \"%s\", \"ms\": %.3f, \"gflops\": %.2f, \"peak_share\": %.4f, \"times_before\": %.2f, "
                 "\"error\": %.1e}%s\n",
                 rung.name.c_str(), 1e3 * rung.seconds, ladder.gflops(rung), ladder.peak_share(rung),
                 ladder.times_before(i), rung.error, i + 1 < ladder.rungs.size() ? "," : "");
  }
  std::fprintf(file, " ]");
}

bool write_json(const char* path, const Ladder& ladder, const Ladder& tiles) {
  std::FILE* const file = std::fopen(path, "w");
  if (file == nullptr) return false;
  char date[11];
  const std::time_t time = std::time(nullptr);
  std::strftime(date, sizeof date, "%Y-%m-%d", std::localtime(&time));
  std::fprintf(file, "{\n \"date\": \"%s\",\n \"processor\": \"%s\",\n", date, processor().c_str());
  std::fprintf(file, " \"vector_floats\": %d,\n \"peak_gflops\": %.1f,\n", fast::kLanes, 2e-9 * ladder.peak);
  write_rungs(file, "rungs", ladder);
  std::fprintf(file, ",\n");
  write_rungs(file, "tiles", tiles);
  std::fprintf(file, "\n}\n");
  return std::fclose(file) == 0;
}

}  // namespace
