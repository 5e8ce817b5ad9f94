using System.Globalization;
using Deepiri.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Mvc;

namespace Deepiri.ServiceDefaults.Http;

/// <summary>The parameters of a list: <c>?limit=&amp;cursor=</c>.</summary>
public sealed class Paging
{
    private const int Default = 20;
    private const int Most = 100;
    private const int LongestCursor = 128;

    /// <summary>How many items, 1 to 100; 20 by default.</summary>
    [FromQuery(Name = "limit")]
    public int? Limit { get; init; }

    /// <summary>Where the page before ended: its <c>next</c>.</summary>
    [FromQuery(Name = "cursor")]
    public string? Cursor { get; init; }

    /// <summary>The cursor of a list that goes by numbers; null on the first page.</summary>
    /// <exception cref="ApiException">400 when it is none.</exception>
    public int? CursorNumber => Cursor is null ? null
        : int.TryParse(Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw NotACursor();

    /// <summary>The cursor of a list that goes by ids; null on the first page.</summary>
    /// <exception cref="ApiException">400 when it is none.</exception>
    public string? CursorId => Cursor is null || Guid.TryParse(Cursor, out _) ? Cursor : throw NotACursor();

    /// <summary>The checked limit.</summary>
    /// <exception cref="ApiException">400 when limit or cursor is not legal.</exception>
    public int Size
    {
        get
        {
            if (Limit is < 1 or > Most)
                throw ApiException.Validation("limit", $"Between 1 and {Most}.");
            return Cursor is { Length: > LongestCursor } ? throw NotACursor() : Limit ?? Default;
        }
    }

    private static ApiException NotACursor() => ApiException.Validation("cursor", "This is not a cursor of this list.");
}
