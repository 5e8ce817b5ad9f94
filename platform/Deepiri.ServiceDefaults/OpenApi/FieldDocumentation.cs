using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Xml.Linq;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Deepiri.ServiceDefaults.OpenApi;

/// <summary>
/// Gives every field and parameter of the OpenAPI document a description and an example. A field is described where its record is documented, in
/// the <c>param</c> of its XML comment; what the platform calls by one name everywhere is described in <c>fields.json</c>, which has the
/// examples, too. There, <c>Type.field</c>, <c>path.name</c> and <c>query.name</c> come before the plain name.
/// </summary>
internal static class FieldDocumentation
{
    private static readonly Dictionary<string, JsonObject> s_fields = ReadFields();
    private static readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, XElement>> s_comments = new();
    private static readonly NullabilityInfoContext s_nullability = new();

    public static void AddFieldDocumentation(this OpenApiOptions options)
    {
        var types = new ConcurrentDictionary<string, JsonTypeInfo>(StringComparer.Ordinal);
        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (schema.Type is { } type && type.HasFlag(JsonSchemaType.String) && (type & (JsonSchemaType.Integer | JsonSchemaType.Number)) != 0)
            {
                // A number in quotes is taken, too, but nobody needs to write one.
                schema.Type = type & ~JsonSchemaType.String;
                schema.Pattern = null;
            }
            if (schema.Enum is { Count: > 0 } words && words[0] is { } word)
                schema.Examples ??= [word.DeepClone()];
            if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object && OpenApiOptions.CreateDefaultSchemaReferenceId(context.JsonTypeInfo) is { } id)
                types[id] = context.JsonTypeInfo;
            return Task.CompletedTask;
        });
        // Only when the document is whole do fields refer to the schemas of their types.
        options.AddDocumentTransformer((document, _, _) =>
        {
            foreach (var (id, schema) in document.Components?.Schemas ?? new Dictionary<string, IOpenApiSchema>())
                if (types.TryGetValue(id, out var type) && schema is OpenApiSchema own)
                    Describe(id, own, type);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, _, _) =>
        {
            foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
                if (Find($"{parameter.In?.ToString().ToLowerInvariant()}.{parameter.Name}", parameter.Name ?? "") is { } field)
                {
                    parameter.Description ??= field["description"]?.GetValue<string>();
                    parameter.Example ??= field["example"]?.DeepClone();
                }
            return Task.CompletedTask;
        });
    }

    private static void Describe(string id, OpenApiSchema schema, JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (schema.Properties?.TryGetValue(property.Name, out var found) != true)
                continue;
            var field = Find($"{id}.{property.Name}", property.Name);
            var description = Comment(type.Type, property) ?? field?["description"]?.GetValue<string>();
            if (found is OpenApiSchema own)
            {
                own.Description ??= description;
                if (field?["example"] is { } example)
                    own.Examples ??= [example.DeepClone()];
            }
            else if (found is OpenApiSchemaReference reference)
                reference.Description ??= description;
            // What may be null may be left out of a request.
            if (IsInput(type.Type) && property.AttributeProvider is PropertyInfo info && IsNullable(info))
                schema.Required?.Remove(property.Name);
        }
    }

    private static bool IsInput(Type type) => type.Name.EndsWith("Request", StringComparison.Ordinal) || type.Name.EndsWith("Item", StringComparison.Ordinal) || type.Name.EndsWith("Text", StringComparison.Ordinal);

    private static bool IsNullable(PropertyInfo property)
    {
        lock (s_nullability)
            return s_nullability.Create(property).ReadState == NullabilityState.Nullable;
    }

    private static JsonObject? Find(string qualified, string name) => s_fields.GetValueOrDefault(qualified) ?? s_fields.GetValueOrDefault(name);

    /// <summary>What the XML comment of the type says of a parameter of its primary constructor.</summary>
    private static string? Comment(Type type, JsonPropertyInfo property)
    {
        if (property.AttributeProvider is not PropertyInfo { Name: var name } || type.FullName is null)
            return null;
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        var comment = s_comments.GetOrAdd(type.Assembly, ReadComments).GetValueOrDefault($"T:{definition.FullName!.Replace('+', '.')}");
        var param = comment?.Elements("param").FirstOrDefault(p => (string?)p.Attribute("name") == name);
        return param is null ? null : string.Join(' ', string.Concat(param.Nodes().Select(TextOf)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static string TextOf(XNode node) => node switch
    {
        XText text => text.Value,
        XElement element when element.Attribute("cref") is { } cref => cref.Value[(cref.Value.LastIndexOf('.') + 1)..],
        XElement element => element.Value,
        _ => "",
    };

    private static IReadOnlyDictionary<string, XElement> ReadComments(Assembly assembly)
    {
        var file = Path.ChangeExtension(assembly.Location, ".xml");
        return !File.Exists(file) ? new Dictionary<string, XElement>()
            : XDocument.Load(file).Descendants("member").Where(m => m.Attribute("name") is not null).GroupBy(m => m.Attribute("name")!.Value).ToDictionary(g => g.Key, g => g.First());
    }

    private static Dictionary<string, JsonObject> ReadFields()
    {
        using var resource = typeof(FieldDocumentation).Assembly.GetManifestResourceStream("fields.json")!;
        return JsonSerializer.Deserialize<Dictionary<string, JsonObject>>(resource)!;
    }
}
