export { fail, type Kind, KindedError, kindOf, messageOf } from "./kinded-error.ts";
export { quote } from "./quote.ts";
