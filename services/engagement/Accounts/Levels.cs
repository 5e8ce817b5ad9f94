namespace Deepiri.Engagement.Accounts;

/// <summary>The XP curve: level n begins at 50·n·(n−1) XP, so each level takes 100 XP more than the one before.</summary>
internal static class Levels
{
    public static long XpAt(int level) => 50L * level * (level - 1);

    public static int Of(long xp)
    {
        // The root of 50·n·(n−1) = xp, then corrected for rounding.
        var level = Math.Max(1, (int)((1 + Math.Sqrt(1 + (xp / 12.5))) / 2));
        while (XpAt(level + 1) <= xp)
            level++;
        while (level > 1 && XpAt(level) > xp)
            level--;
        return level;
    }
}
