import type { Picture, Words } from '../document.ts';
import type { Language } from '../texts/catalogue.ts';
import type { Drawing } from './drawing.ts';
import { drawMirror } from './mirror.ts';
import { drawTimeline } from './timeline.ts';

/** The shapes of a picture, for any format that can draw. */
export function draw(picture: Picture<Words>, language: Language): Drawing {
  return picture.kind === 'timeline' ? drawTimeline(picture, language) : drawMirror(picture);
}
