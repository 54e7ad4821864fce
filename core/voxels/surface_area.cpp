#include "voxels/surface_area.h"

#include <bit>
#include <cmath>
#include <utility>
#include <vector>

namespace nnunet::voxels {

namespace {

using Point = std::array<double, 3>;
/// Corners of the cube, in the order in which an edge of the cube joins each to the next.
using Face = std::array<int, 4>;
/// An edge of the cube, named by its two corners.
using Edge = std::pair<int, int>;

struct Segment {
  Edge from;
  Edge to;
};

std::vector<Face> cubeFaces() {
  std::vector<Face> faces;
  for (int axis = 0; axis < 3; ++axis) {
    const int first = 1 << ((axis + 1) % 3);
    const int second = 1 << ((axis + 2) % 3);
    for (const int side : {0, 1 << axis}) faces.push_back({side, side + first, side + first + second, side + second});
  }
  return faces;
}

/// What runs over the faces of the cube: around every stretch of corners of one face that belong to the mask.
std::vector<Segment> segmentsOf(NeighbourhoodCode code) {
  const auto isInside = [&](int corner) { return (code >> corner & 1) != 0; };
  std::vector<Segment> segments;
  for (const Face& face : cubeFaces()) {
    const auto corner = [&](int at) { return face[(at + 4) % 4]; };
    const auto edge = [&](int at) {
      return Edge(std::min(corner(at), corner(at + 1)), std::max(corner(at), corner(at + 1)));
    };
    for (int begin = 0; begin < 4; ++begin) {
      if (isInside(corner(begin - 1)) || !isInside(corner(begin))) continue;
      int end = begin;
      while (isInside(corner(end + 1))) ++end;
      segments.push_back({edge(begin - 1), edge(end)});
    }
  }
  return segments;
}

/// The segments joined: every edge of the cube that is crossed lies in two faces.
std::vector<std::vector<Edge>> loopsOf(std::vector<Segment> segments) {
  std::vector<std::vector<Edge>> loops;
  while (!segments.empty()) {
    std::vector<Edge> loop{segments.back().from};
    Edge next = segments.back().to;
    segments.pop_back();
    while (next != loop.front()) {
      loop.push_back(next);
      for (size_t i = 0; i < segments.size(); ++i) {
        const auto [from, to] = segments[i];
        if (from != next && to != next) continue;
        next = from == next ? to : from;
        segments.erase(segments.begin() + static_cast<std::ptrdiff_t>(i));
        break;
      }
    }
    loops.push_back(std::move(loop));
  }
  return loops;
}

/// Bit 0 of a corner is its x, bit 2 its z; points are (z, y, x).
Point middleOf(const Edge& edge) {
  Point point;
  for (int axis = 0; axis < 3; ++axis) {
    const int bit = 2 - axis;
    point[axis] = ((edge.first >> bit & 1) + (edge.second >> bit & 1)) / 2.0;
  }
  return point;
}

struct Filling {
  double unitArea = 0;
  double area = 0;
};

Filling triangle(const Point& a, const Point& b, const Point& c, const Spacing3& spacing) {
  const auto areaAt = [&](const Spacing3& scale) {
    double squares = 0;
    for (int axis = 0; axis < 3; ++axis) {
      const int u = (axis + 1) % 3;
      const int v = (axis + 2) % 3;
      const double part = ((b[u] - a[u]) * (c[v] - a[v]) - (b[v] - a[v]) * (c[u] - a[u])) * scale[u] * scale[v] / 2;
      squares += part * part;
    }
    return std::sqrt(squares);
  };
  return {areaAt({1, 1, 1}), areaAt(spacing)};
}

/// The part of a loop between two of its points, filled: the best triangle on the line that joins them, and what is
/// left.
Filling greatestFilling(const std::vector<Point>& loop, size_t begin, size_t end, const Spacing3& spacing) {
  Filling best;
  for (size_t middle = begin + 1; middle < end; ++middle) {
    Filling filling = triangle(loop[begin], loop[middle], loop[end], spacing);
    for (const Filling& rest :
         {greatestFilling(loop, begin, middle, spacing), greatestFilling(loop, middle, end, spacing)}) {
      filling.unitArea += rest.unitArea;
      filling.area += rest.area;
    }
    if (filling.unitArea > best.unitArea) best = filling;
  }
  return best;
}

double areaOf(NeighbourhoodCode code, const Spacing3& spacing) {
  double area = 0;
  for (const std::vector<Edge>& loop : loopsOf(segmentsOf(code))) {
    std::vector<Point> points;
    for (const Edge& edge : loop) points.push_back(middleOf(edge));
    area += greatestFilling(points, 0, points.size() - 1, spacing).area;
  }
  return area;
}

}  // namespace

std::array<double, 256> surfaceAreas(const Spacing3& spacing) {
  std::array<double, 256> areas{};
  for (int code = 0; code < 256; ++code) {
    const int fewer = std::popcount(static_cast<unsigned>(code)) > 4 ? 255 - code : code;
    areas[code] = areaOf(static_cast<NeighbourhoodCode>(fewer), spacing);
  }
  return areas;
}

}  // namespace nnunet::voxels
