/** Text of a machine as it may be shown: no control characters, no escape sequences, not longer than a line. */
export function printable(text: string, limit = 300): string {
	// Escape sequences, other control characters, and marks that turn the direction of text around.
	const clean = text.replace(/[^\P{Cc}\s]\[[0-9;?]*[ -/]*[@-~]|[\p{Cc}\p{Bidi_Control}]/gu, ' ');
	return clean.length > limit ? `${clean.slice(0, limit)}…` : clean.trim();
}
