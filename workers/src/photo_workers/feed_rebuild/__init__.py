"""Lost masters -> ranges of viewers on feed.rebuild -> whole feeds, before they are read."""
