package upstream

import "time"

// budgetWindow is the time in which a budget may be spent.
const budgetWindow = 10 * time.Second

// budget allows so much in each window. The zero budget allows none.
type budget struct {
	most  int
	spent int
	since time.Time
}

// spend reports whether so much may still be spent.
func (b *budget) spend(now time.Time, cost int) bool {
	if now.Sub(b.since) >= budgetWindow {
		b.since, b.spent = now, 0
	}
	if cost > b.most-b.spent {
		return false
	}
	b.spent += cost
	return true
}
