package upstream

import "time"

// budgetWindow is the time in which a budget may be spent.
const budgetWindow = 10 * time.Second

// budget allows so many events in each window. The zero budget allows none.
type budget struct {
	most  int
	spent int
	since time.Time
}

func (b *budget) spend(now time.Time) bool {
	if now.Sub(b.since) >= budgetWindow {
		b.since, b.spent = now, 0
	}
	b.spent++
	return b.spent <= b.most
}
