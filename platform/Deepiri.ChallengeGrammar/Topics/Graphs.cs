using static Deepiri.ChallengeGrammar.ValueKind;

namespace Deepiri.ChallengeGrammar.Topics;

internal static class Graphs
{
    public const string Topic = "graphs";

    public static IEnumerable<ChallengeTemplate> All =>
    [
        new(Topic, Difficulty.Easy, ["degrees"], BusiestNode),
        new(Topic, Difficulty.Medium, ["connected components", "union-find"], Components),
        new(Topic, Difficulty.Hard, ["breadth-first search", "grids"], ShortestWay),
    ];

    private static ChallengeDraft BusiestNode(Random random)
    {
        var (node, edge) = random.OneOf(("stations", "lines"), ("people", "friendships"), ("servers", "cables"));
        return new($"The busiest of the {node}", $"There are `n` {node}, numbered from 0. Each of `edges` is a pair: {edge} go both ways. Return the number of the one with the most {edge}; among equals, the smallest number.",
            Signature.Of(Integer, ("n", Integer), ("edges", Grid)),
            new("degree = [0] * n\nfor a, b in edges:\n    degree[a] += 1\n    degree[b] += 1\nreturn degree.index(max(degree))",
                "const degree = new Array(n).fill(0);\nfor (const [a, b] of edges) {\n  degree[a]++;\n  degree[b]++;\n}\nreturn degree.indexOf(Math.max(...degree));",
                "var degree = new int[n];\nforeach (var edge in edges)\n{\n    degree[edge[0]]++;\n    degree[edge[1]]++;\n}\nreturn Array.IndexOf(degree, degree.Max());"),
            Draws.Inputs([[4, new[] { new[] { 0, 1 }, [1, 2], [3, 1] }], [3, Array.Empty<int[]>()], [2, new[] { new[] { 0, 1 } }]], () => Graph(random)),
            args => Enumerable.Range(0, (int)args[0]).MaxBy(v => (((int[][])args[1]).Sum(e => e.Count(x => x == v)), -v)));
    }

    private static ChallengeDraft Components(Random random)
    {
        var largest = random.Next(2) == 0;
        var (node, edge) = random.OneOf(("islands", "bridges"), ("towns", "roads"), ("machines", "links"));
        return new(largest ? "The largest network" : "How many networks", $"There are `n` {node}, numbered from 0, and {edge} between them, each a pair in `edges`. {char.ToUpperInvariant(node[0])}{node[1..]} that can reach each other form a network. Return {(largest ? "the size of the largest network" : "how many networks there are")}.",
            Signature.Of(Integer, ("n", Integer), ("edges", Grid)),
            new($"root = list(range(n))\ndef find(v):\n    while root[v] != v:\n        root[v] = root[root[v]]\n        v = root[v]\n    return v\nfor a, b in edges:\n    root[find(a)] = find(b)\nsizes = {{}}\nfor v in range(n):\n    sizes[find(v)] = sizes.get(find(v), 0) + 1\nreturn {(largest ? "max(sizes.values())" : "len(sizes)")}",
                $"const root = Array.from({{ length: n }}, (_, i) => i);\nconst find = v => {{\n  while (root[v] !== v) v = root[v] = root[root[v]];\n  return v;\n}};\nfor (const [a, b] of edges) root[find(a)] = find(b);\nconst sizes = new Map();\nfor (let v = 0; v < n; v++) sizes.set(find(v), (sizes.get(find(v)) ?? 0) + 1);\nreturn {(largest ? "Math.max(...sizes.values())" : "sizes.size")};",
                $"var root = Enumerable.Range(0, n).ToArray();\nint Find(int v)\n{{\n    while (root[v] != v)\n        v = root[v] = root[root[v]];\n    return v;\n}}\nforeach (var edge in edges)\n    root[Find(edge[0])] = Find(edge[1]);\nvar networks = Enumerable.Range(0, n).GroupBy(Find);\nreturn networks.{(largest ? "Max(g => g.Count())" : "Count()")};"),
            Draws.Inputs([[5, new[] { new[] { 0, 1 }, [1, 2], [3, 4] }], [3, Array.Empty<int[]>()], [1, Array.Empty<int[]>()]], () => Graph(random)),
            args =>
            {
                var n = (int)args[0];
                var near = Enumerable.Range(0, n).Select(v => new HashSet<int> { v }).ToArray();
                foreach (var edge in (int[][])args[1])
                    (_, _) = (near[edge[0]].Add(edge[1]), near[edge[1]].Add(edge[0]));
                for (var round = 0; round < n; round++)
                {
                    foreach (var reach in near)
                        reach.UnionWith(reach.SelectMany(v => near[v]).ToList());
                }
                return largest ? near.Max(r => r.Count) : near.Select(r => r.Min()).Distinct().Count();
            });
    }

    private static ChallengeDraft ShortestWay(Random random)
    {
        var diagonal = random.Next(2) == 0;
        var steps = diagonal ? "[(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b]" : "[(1, 0), (-1, 0), (0, 1), (0, -1)]";
        var pairs = diagonal ? "[-1, -1], [-1, 0], [-1, 1], [0, -1], [0, 1], [1, -1], [1, 0], [1, 1]" : "[1, 0], [-1, 0], [0, 1], [0, -1]";
        return new(diagonal ? "The shortest way, corners allowed" : "The shortest way through the grid",
            $"In `grid` a 0 is free and a 1 is a wall. Return how many steps the shortest way from the upper left to the lower right corner takes, {(diagonal ? "with steps in all eight directions" : "with steps up, down, left and right")}; -1 when there is none. Both corners may be walls. The grid has at least one cell.",
            Signature.Of(Integer, ("grid", Grid)),
            new($"from collections import deque\nrows, columns = len(grid), len(grid[0])\nif grid[0][0] or grid[-1][-1]:\n    return -1\ndistance = {{(0, 0): 0}}\nqueue = deque([(0, 0)])\nwhile queue:\n    r, c = queue.popleft()\n    for dr, dc in {steps}:\n        cell = (r + dr, c + dc)\n        if 0 <= cell[0] < rows and 0 <= cell[1] < columns and not grid[cell[0]][cell[1]] and cell not in distance:\n            distance[cell] = distance[(r, c)] + 1\n            queue.append(cell)\nreturn distance.get((rows - 1, columns - 1), -1)",
                $"const rows = grid.length;\nconst columns = grid[0].length;\nif (grid[0][0] || grid[rows - 1][columns - 1]) return -1;\nconst distance = new Map([[0, 0]]);\nconst queue = [[0, 0]];\nwhile (queue.length) {{\n  const [r, c] = queue.shift();\n  for (const [dr, dc] of [{pairs}]) {{\n    const [x, y] = [r + dr, c + dc];\n    if (x < 0 || y < 0 || x >= rows || y >= columns || grid[x][y] || distance.has(x * columns + y)) continue;\n    distance.set(x * columns + y, distance.get(r * columns + c) + 1);\n    queue.push([x, y]);\n  }}\n}}\nreturn distance.get(rows * columns - 1) ?? -1;",
                $"var (rows, columns) = (grid.Length, grid[0].Length);\nif (grid[0][0] == 1 || grid[^1][^1] == 1)\n    return -1;\nint[][] steps = [{pairs}];\nvar distance = new Dictionary<(int, int), int> {{ [(0, 0)] = 0 }};\nvar queue = new Queue<(int R, int C)>([(0, 0)]);\nwhile (queue.TryDequeue(out var at))\n{{\n    foreach (var step in steps)\n    {{\n        var (r, c) = (at.R + step[0], at.C + step[1]);\n        if (r >= 0 && c >= 0 && r < rows && c < columns && grid[r][c] == 0 && distance.TryAdd((r, c), distance[at] + 1))\n            queue.Enqueue((r, c));\n    }}\n}}\nreturn distance.GetValueOrDefault((rows - 1, columns - 1), -1);"),
            Draws.Inputs([[new[] { new[] { 0, 0, 0 }, [1, 1, 0], [0, 0, 0] }], [new[] { new[] { 0 } }], [new[] { new[] { 0, 1 }, [1, 0] }]], () =>
            {
                var (rows, columns) = (random.Next(2, 8), random.Next(2, 8));
                var grid = Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => random.Next(4) == 0 ? 1 : 0).ToArray()).ToArray();
                (grid[0][0], grid[^1][^1]) = (0, 0);
                return [grid];
            }),
            args =>
            {
                // Distances are lowered until nothing changes any more.
                var grid = (int[][])args[0];
                var distance = grid.Select(row => row.Select(_ => int.MaxValue).ToArray()).ToArray();
                distance[0][0] = grid[0][0] == 0 ? 0 : int.MaxValue;
                for (var changed = true; changed;)
                {
                    changed = false;
                    for (var r = 0; r < grid.Length; r++)
                    {
                        for (var c = 0; c < grid[0].Length; c++)
                        {
                            foreach (var (x, y) in from dr in Enumerable.Range(-1, 3) from dc in Enumerable.Range(-1, 3) where diagonal || dr * dc == 0 select (r + dr, c + dc))
                            {
                                if (grid[r][c] == 0 && x >= 0 && y >= 0 && x < grid.Length && y < grid[0].Length && distance[x][y] != int.MaxValue && distance[x][y] + 1 < distance[r][c])
                                    (distance[r][c], changed) = (distance[x][y] + 1, true);
                            }
                        }
                    }
                }
                return distance[^1][^1] == int.MaxValue ? -1 : distance[^1][^1];
            });
    }

    private static object[] Graph(Random random)
    {
        var n = random.Next(2, 15);
        return [n, Enumerable.Range(0, random.Next(0, 20)).Select(_ => random.Next(n)).Select(a => (a, b: random.Next(n))).Where(e => e.a != e.b).Distinct().Select(e => new[] { e.a, e.b }).ToArray()];
    }
}
