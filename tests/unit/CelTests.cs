using System.Text.Json;
using Deepiri.Sidecar.Cel;

namespace Deepiri.UnitTests;

public sealed class CelTests
{
    private static readonly JsonElement s_event = JsonSerializer.Deserialize<JsonElement>("""{"type":"a.b","data":{"n":3,"x":2.5,"tags":["p","q"],"nested":{"ok":true},"text":"hello","none":null}}""");

    [Theory]
    [InlineData("event.type == 'a.b'", true)]
    [InlineData("event.type != \"a.b\"", false)]
    [InlineData("event.data.n > 2 && event.data.n <= 3", true)]
    [InlineData("event.data.n == 3.0", true)]
    [InlineData("event.data.x * 2.0 == 5.0", true)]
    [InlineData("event.data.n % 2 == 1", true)]
    [InlineData("-event.data.n == 0 - 3", true)]
    [InlineData("1 + 2 * 3 == 7", true)]
    [InlineData("(1 + 2) * 3 == 9", true)]
    [InlineData("'p' in event.data.tags", true)]
    [InlineData("event.type in ['x', 'a.b']", true)]
    [InlineData("'n' in event.data", true)]
    [InlineData("event.data['nested'].ok", true)]
    [InlineData("event.data.tags[1] == 'q'", true)]
    [InlineData("size(event.data.tags) == 2 && event.data.text.size() == 5", true)]
    [InlineData("event.data.text.startsWith('he') && event.data.text.endsWith('lo') && event.data.text.contains('ell')", true)]
    [InlineData("event.data.text.matches('^h.*o$')", true)]
    [InlineData("has(event.data.n) && !has(event.data.missing)", true)]
    [InlineData("event.data.none == null", true)]
    [InlineData("event.data.nested.ok ? event.data.n == 3 : false", true)]
    [InlineData("int('5') == 5 && double(1) == 1.0 && string(7) == '7'", true)]
    [InlineData("event.data.missing == 1 || true", true)]
    [InlineData("false && event.data.missing == 1", false)]
    [InlineData("event.data.tags.exists(t, t == 'q') && !event.data.tags.exists(t, t == 'z')", true)]
    [InlineData("event.data.tags.all(t, size(t) == 1) && event.data.tags.exists_one(t, t == 'p')", true)]
    [InlineData("event.data.tags.map(t, t + '!')[0] == 'p!' && event.data.tags.filter(t, t > 'p') == ['q']", true)]
    [InlineData("[1, 2].all(x, [3, 4].exists(y, y > x))", true)]
    [InlineData("['n', 1].exists(x, x == 'n')", true)]
    [InlineData("event.data.exists(k, k == 'text')", true)]
    [InlineData("timestamp('2026-11-21T10:00:00Z') - timestamp('2026-11-21T09:30:00Z') == duration('30m')", true)]
    [InlineData("timestamp('2026-11-21T10:00:00+02:00').getHours() == 8 && timestamp('2026-11-21T10:00:00Z').getDayOfWeek() == 6", true)]
    [InlineData("timestamp('2026-11-21T10:00:00Z') + duration('-1h') < timestamp(1795255200) && bool('true')", true)]
    [InlineData("size('\U0001F600') == 1", true)]
    [InlineData("'a' + 'b' == 'ab' && 'it\\'s' != ''", true)]
    public void Expressions_evaluate(string expression, bool expected) => Assert.Equal(expected, CelExpression.Compile(expression, "event").EvaluatesToTrue("event", s_event));

    [Theory]
    [InlineData("event.type ==", "unexpected 'end of expression' at position 14")]
    [InlineData("evnt.type == 'a'", "'evnt' at position 1 is not known; known are event")]
    [InlineData("event.data.sortBy(x, x)", "sortBy() at position 12 is not supported; supported are startsWith")]
    [InlineData("uint('x') == 1", "uint() at position 1 is not supported; supported are size")]
    [InlineData("event.data.tags.exists(t, u == 1)", "'u' at position 27 is not known; known are event, t")]
    [InlineData("event.data.tags.exists(t, true) && t == 1", "'t' at position 36 is not known; known are event")]
    [InlineData("event.type == 'a", "the string at position 15 has no end")]
    [InlineData("event.type # 1", "unexpected '#' at position 12")]
    [InlineData("(event.type == 'a'", "expected ')'")]
    [InlineData("has(event)", "has() takes a field")]
    public void What_is_not_supported_is_an_error_when_compiled(string expression, string message) =>
        Assert.StartsWith(message, Assert.Throws<CelException>(() => CelExpression.Compile(expression, "event")).Message);

    [Theory]
    [InlineData("event.data.missing == 1", "no such key: missing")]
    [InlineData("event.data.n + 'a' == 'x'", "no such overload: int + string")]
    [InlineData("event.data.n", "'event.data.n' does not evaluate to true or false")]
    [InlineData("event.data.n.exists(x, true)", "expression of type int cannot be the range of a comprehension")]
    [InlineData("timestamp('x') == timestamp('x')", "timestamp() cannot convert string")]
    [InlineData("1 / 0 == 1", "Attempted to divide by zero.")]
    [InlineData("event.data.tags[9] == 'x'", "index 9 is out of range")]
    public void What_cannot_be_evaluated_is_an_error(string expression, string message) =>
        Assert.Equal(message, Assert.Throws<CelException>(() => CelExpression.Compile(expression, "event").EvaluatesToTrue("event", s_event)).Message);

    [Fact]
    public void Nesting_is_bounded() => Assert.Throws<CelException>(() => CelExpression.Compile(new string('(', 10_000) + "true" + new string(')', 10_000), "event"));
}
