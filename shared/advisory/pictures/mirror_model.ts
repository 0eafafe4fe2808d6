import type { Mirror } from '../../analysis/analysis.ts';
import type { Block, Phrase } from '../document.ts';
import { code, fromTable, list, say, strong } from '../phrase.ts';
import type { Context } from '../sections/context.ts';

/**
 * The state picture of a mirror: which copy is trusted, which suspect, and the way the advised resync would copy.
 * The arrow stands only where an action to be done now gives a direction; while the source is suspect it shows
 * the copy that must not be made.
 */
export function mirrorPicture(context: Context, mirror: Mirror, index: number): Block<Phrase> {
  const direction =
    context.plan.find(
      (planned) =>
        planned.action.kind === 'do' &&
        planned.procedure?.standing !== true &&
        planned.action.direction?.mirror === mirror.tag,
    )?.action.direction ?? null;
  const blocked = mirror.outcome === 'source_suspect';
  const target = mirror.targets[0];
  const arrow =
    blocked && mirror.source !== null && target !== undefined
      ? { from: mirror.source, to: target, label: say('picture.mirror.blocked'), blocked: true }
      : direction === null
        ? null
        : { from: direction.from, to: direction.to, label: say('picture.mirror.copy'), blocked: false };
  const copies = mirror.copies.map((copy) => ({
    node: copy.node,
    role: say(roleOf(mirror, copy.node)),
    state: copy.state,
    label: fromTable(context.knowledge, 'copy_state', copy.state),
  }));
  return {
    kind: 'figure',
    id: `figure-mirror-${index + 1}`,
    picture: { kind: 'mirror', title: say('picture.mirror.title', { mirror: mirror.tag }), copies, arrow },
    caption: say('picture.mirror.title', { mirror: mirror.tag }),
    equivalent: list([
      ...copies.map((copy) =>
        say('picture.copy.words', { node: strong(code(copy.node)), role: copy.role, state: copy.label }),
      ),
      ...(arrow === null
        ? []
        : [
            say(arrow.blocked ? 'picture.mirror.blocked.words' : 'picture.mirror.copy.words', {
              from: arrow.from,
              to: arrow.to,
            }),
          ]),
    ]),
  };
}

/** Without a known source no copy is called a target: a reader would take its data for the one to overwrite. */
function roleOf({ source, targets }: Mirror, node: string) {
  if (source === null) return 'role.unknown';
  if (node === source) return 'role.source';
  return targets.includes(node) ? 'role.target' : 'role.unknown';
}
