/** A wrong command line, with what was probably meant. */
import {suggest} from '../cluster/suggest.ts';
import {ConfigError, type Problem} from '../errors.ts';
import {flagNames} from './options.ts';
import {verbs} from './verbs.ts';

/** The parser's complaint as a ConfigError: each unknown word or flag with a suggestion. */
export function usageError(message: string): ConfigError {
	const unknown = /^Unknown (?:arguments?|commands?): (.*)$/.exec(message)?.[1]?.split(', ');
	const problems = unknown?.map(unknownWord) ?? [{message}];
	return new ConfigError(problems, {hint: 'kubestrap --help'});
}

function unknownWord(word: string): Problem {
	const words = verbs.flatMap(({name}) => name.split(' '));
	const flag = suggest(word, flagNames);
	const verb = suggest(word, words);
	// The parser leaves the dashes out, so a word can be either.
	const hint = verb ?? flag?.replace('did you mean ', 'did you mean --');
	return {message: `unknown command or flag: ${word}`, ...(hint === undefined ? {} : {hint})};
}
