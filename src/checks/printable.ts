/** Text of a machine as it may be shown: no control characters, no escape sequences, not longer than a line. */
export function printable(text: string, limit = 300): string {
	// ESC with a sequence, other C0 and C1 controls, and marks that turn the direction of text around.
	const clean = text.replace(
		/\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
		' ',
	);
	return clean.length > limit ? `${clean.slice(0, limit)}…` : clean.trim();
}
