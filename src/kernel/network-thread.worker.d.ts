/** The program itself: it is imported as text. */
declare const source: string;
export default source;
