/** Durations as people read them: `0.4 s`, `12.3 s`, `2 min 05 s`. Takes milliseconds. */
export function seconds(ms: number): string {
	if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`;
	const whole = Math.round(ms / 1000);
	return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
