using static Deepiri.ChallengeGrammar.ValueKind;

namespace Deepiri.ChallengeGrammar.Topics;

internal static class Mathematics
{
    public const string Topic = "math";

    public static IEnumerable<ChallengeTemplate> All =>
    [
        new(Topic, Difficulty.Easy, ["digits"], DigitSum),
        new(Topic, Difficulty.Medium, ["primes", "sieve"], PrimesBelow),
        new(Topic, Difficulty.Hard, ["modular arithmetic", "exponentiation"], PowerModulo),
    ];

    private static ChallengeDraft DigitSum(Random random)
    {
        var b = random.OneOf(2, 3, 5, 8, 10);
        return new(b == 10 ? "Sum of digits" : $"Sum of digits in base {b}", $"Return the sum of the digits of the number `n` written in base {b}. `n` is zero or positive.",
            Signature.Of(Integer, ("n", Integer)),
            new($"total = 0\nwhile n:\n    total += n % {b}\n    n //= {b}\nreturn total",
                $"let total = 0;\nfor (; n > 0; n = Math.floor(n / {b})) total += n % {b};\nreturn total;",
                $"var total = 0;\nfor (; n > 0; n /= {b})\n    total += n % {b};\nreturn total;"),
            Draws.Inputs([[b * b + 1], [0], [b - 1]], () => [random.Next(1, 1_000_000)]),
            args => Digits((int)args[0], b).Sum());
    }

    private static IEnumerable<int> Digits(int n, int b) => n < b ? [n] : [.. Digits(n / b, b), n % b];

    private static ChallengeDraft PrimesBelow(Random random)
    {
        var counted = random.Next(2) == 0;
        return new(counted ? "How many primes" : "The sum of primes", $"Return {(counted ? "how many prime numbers are" : "the sum of all prime numbers that are")} smaller than `n`. `n` is at most 20,000.",
            Signature.Of(Integer, ("n", Integer)),
            new($"prime = [True] * max(n, 2)\nprime[0] = prime[1] = False\nfor i in range(2, int(n ** 0.5) + 1 if n > 0 else 2):\n    if i < len(prime) and prime[i]:\n        for j in range(i * i, n, i):\n            prime[j] = False\nreturn sum({(counted ? "1" : "i")} for i in range(2, n) if prime[i])",
                $"const composite = new Set();\nlet total = 0;\nfor (let i = 2; i < n; i++) {{\n  if (composite.has(i)) continue;\n  total += {(counted ? "1" : "i")};\n  for (let j = i * i; j < n; j += i) composite.add(j);\n}}\nreturn total;",
                $"var composite = new bool[Math.Max(n, 0)];\nvar total = 0;\nfor (var i = 2; i < n; i++)\n{{\n    if (composite[i])\n        continue;\n    total += {(counted ? "1" : "i")};\n    for (var j = (long)i * i; j < n; j += i)\n        composite[j] = true;\n}}\nreturn total;"),
            Draws.Inputs([[10], [2], [3]], () => [random.Next(4, 20_000)]),
            args => Enumerable.Range(2, Math.Max(0, (int)args[0] - 2)).Where(IsPrime).Sum(p => counted ? 1 : p));
    }

    private static bool IsPrime(int n)
    {
        for (var d = 2; d * d <= n; d++)
        {
            if (n % d == 0)
                return false;
        }
        return true;
    }

    private static ChallengeDraft PowerModulo(Random random)
    {
        var modulus = random.OneOf(97, 1009, 7919, 10_007);
        return new($"Great powers modulo {modulus}", $"Return the remainder of `a` to the power `b` divided by {modulus}. `b` may be a thousand million: multiplying that often is too slow, and the power itself is too large.",
            Signature.Of(Integer, ("a", Integer), ("b", Integer)),
            new($"return pow(a, b, {modulus})",
                $"let result = 1;\nlet square = a % {modulus};\nfor (; b > 0; b = Math.floor(b / 2)) {{\n  if (b % 2 === 1) result = result * square % {modulus};\n  square = square * square % {modulus};\n}}\nreturn result;",
                $"var result = 1;\nvar square = a % {modulus};\nfor (; b > 0; b /= 2)\n{{\n    if (b % 2 == 1)\n        result = result * square % {modulus};\n    square = square * square % {modulus};\n}}\nreturn result;"),
            Draws.Inputs([[2, 10], [5, 0], [0, 7]], () => [random.Next(1, 100_000), random.Next(1, 1_000_000_000)]),
            args => (int)System.Numerics.BigInteger.ModPow((int)args[0], (int)args[1], modulus));
    }
}
