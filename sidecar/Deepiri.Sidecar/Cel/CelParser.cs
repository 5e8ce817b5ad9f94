namespace Deepiri.Sidecar.Cel;

/// <summary>Recursive descent over CEL's grammar, loosest binding first.</summary>
internal sealed class CelParser
{
    private const int DeepestNesting = 64;
    private static readonly string[] s_macros = ["all", "exists", "exists_one", "filter", "map"];
    private static readonly string[] s_parts = ["getFullYear", "getMonth", "getDayOfMonth", "getDayOfWeek", "getHours", "getMinutes", "getSeconds"];
    private static readonly string[] s_methods = ["startsWith", "endsWith", "contains", "matches", "size", .. s_macros, .. s_parts];
    private static readonly string[] s_functions = ["size", "bool", "int", "double", "string", "timestamp", "duration", "has"];

    private readonly string _text;
    private readonly HashSet<string> _variables;
    private readonly List<CelToken> _tokens;
    private int _at;
    private int _depth;

    public CelParser(string text, HashSet<string> variables)
    {
        _text = text;
        _variables = variables;
        _tokens = [.. new CelLexer(text).Tokens()];
    }

    private CelToken Current => _tokens[_at];

    public CelNode Parse()
    {
        var root = Conditional();
        return Current.Kind == CelTokenKind.End ? root : throw Unexpected();
    }

    private CelNode Conditional()
    {
        if (++_depth > DeepestNesting)
            throw new CelException($"the expression is nested deeper than {DeepestNesting} levels: {_text}");
        var condition = Binary(0);
        if (Take("?"))
        {
            var whenTrue = Conditional();
            Expect(":");
            condition = new CelConditional(condition, whenTrue, Conditional());
        }
        _depth--;
        return condition;
    }

    private static readonly string[][] s_levels = [["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">=", "in"], ["+", "-"], ["*", "/", "%"]];

    private CelNode Binary(int level)
    {
        if (level == s_levels.Length)
            return Unary();
        var left = Binary(level + 1);
        while (Current.Kind == CelTokenKind.Symbol && s_levels[level].Contains(Current.Text))
        {
            var op = _tokens[_at++].Text;
            left = new CelBinary(op, left, Binary(level + 1));
        }
        return left;
    }

    private CelNode Unary()
    {
        if (Take("!"))
            return new CelUnary('!', Unary());
        return Take("-") ? new CelUnary('-', Unary()) : Member();
    }

    private CelNode Member()
    {
        var node = Primary();
        while (true)
        {
            if (Take("."))
                node = FieldOrMethod(node);
            else if (Take("["))
            {
                node = new CelIndex(node, Conditional());
                Expect("]");
            }
            else
                return node;
        }
    }

    private CelNode FieldOrMethod(CelNode target)
    {
        var name = Identifier();
        if (!Take("("))
            return new CelField(target, name.Text);
        if (!s_methods.Contains(name.Text))
            throw NotSupported(name, s_methods);
        return s_macros.Contains(name.Text) ? Macro(name, target) : new CelCall(name.Text, [target, .. Arguments()]);
    }

    /// <summary>A macro names a variable, which its body knows.</summary>
    private CelMacro Macro(CelToken name, CelNode target)
    {
        var variable = Identifier().Text;
        Expect(",");
        var isNew = _variables.Add(variable);
        var body = Conditional();
        if (isNew)
            _variables.Remove(variable);
        Expect(")");
        return new CelMacro(name.Text, target, variable, body);
    }

    private CelNode Primary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case CelTokenKind.Literal:
                _at++;
                return new CelLiteral(token.Value);
            case CelTokenKind.Identifier:
                _at++;
                return Take("(") ? Call(token) : Variable(token);
        }
        if (Take("("))
        {
            var inner = Conditional();
            Expect(")");
            return inner;
        }
        if (Take("["))
            return new CelList(Items("]"));
        throw Unexpected();
    }

    private CelNode Call(CelToken name)
    {
        if (!s_functions.Contains(name.Text))
            throw NotSupported(name, s_functions);
        var arguments = Arguments();
        if (arguments.Count != 1)
            throw new CelException($"{name.Text}() takes one argument, at position {name.Position} of: {_text}");
        if (name.Text != "has")
            return new CelCall(name.Text, arguments);
        return arguments[0] is CelField field
            ? new CelHas(field)
            : throw new CelException($"has() takes a field such as event.data.x, at position {name.Position} of: {_text}");
    }

    private CelNode Variable(CelToken token) => _variables.Contains(token.Text)
        ? new CelVariable(token.Text)
        : throw new CelException($"'{token.Text}' at position {token.Position} is not known; known are {string.Join(", ", _variables)}, in: {_text}");

    private IReadOnlyList<CelNode> Arguments() => Items(")");

    private List<CelNode> Items(string end)
    {
        var items = new List<CelNode>();
        if (Take(end))
            return items;
        do
            items.Add(Conditional());
        while (Take(","));
        Expect(end);
        return items;
    }

    private CelToken Identifier() => Current.Kind == CelTokenKind.Identifier ? _tokens[_at++] : throw Unexpected();

    private bool Take(string symbol)
    {
        if (Current.Kind != CelTokenKind.Symbol || Current.Text != symbol)
            return false;
        _at++;
        return true;
    }

    private void Expect(string symbol)
    {
        if (!Take(symbol))
            throw new CelException($"expected '{symbol}', found '{Current.Text}' at position {Current.Position} of: {_text}");
    }

    private CelException Unexpected() => new($"unexpected '{Current.Text}' at position {Current.Position} of: {_text}");

    private CelException NotSupported(CelToken name, string[] supported) =>
        new($"{name.Text}() at position {name.Position} is not supported; supported are {string.Join(", ", supported)}, in: {_text}");
}
