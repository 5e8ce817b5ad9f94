namespace Deepiri.Engagement.Leaderboards;

/// <summary>An array without an end, of which only the pages are there that something was written to.</summary>
internal sealed class PagedArray<T>
{
    private const int PageSize = 1024;

    private readonly List<T?[]?> _pages = [];

    public T? this[int index]
    {
        get => index / PageSize < _pages.Count && _pages[index / PageSize] is { } page ? page[index % PageSize] : default;
        set
        {
            while (_pages.Count <= index / PageSize)
                _pages.Add(null);
            (_pages[index / PageSize] ??= new T?[PageSize])[index % PageSize] = value;
        }
    }
}
