/** Floating-point numbers as Go's strconv and fmt print them. */

/** `%e`: one digit, the fraction, and an exponent of two digits or more. */
export function formatExponent(value: number, precision: number): string {
  return roundedExponential(value, precision).replace(/e([+-])(\d)$/, "e$10$2");
}

/** `%f`: all digits, never an exponent. */
export function formatFixed(value: number, precision: number): string {
  if (Math.abs(value) >= 1e21) {
    return `${BigInt(value)}${precision > 0 ? `.${"0".repeat(precision)}` : ""}`;
  }
  return isTieToEven(value.toFixed(100), precision)
    ? truncated(value, precision)
    : value.toFixed(precision);
}

/**
 * `%g` and `%v`: the fewest digits that read back as the same number (or `precision` of them),
 * with an exponent where it is under -4 or not under the precision (6 if shortest).
 */
export function formatGeneral(value: number, precision?: number): string {
  if (!Number.isFinite(value)) return formatInfinite(value);
  const wanted = precision === undefined ? undefined : Math.max(1, precision);
  const scientific =
    wanted === undefined ? value.toExponential() : roundedExponential(value, wanted - 1);
  const [digits = "", exponent = "0"] = scientific.split("e");
  const power = Number(exponent);
  const mantissa = digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
  if (power < -4 || power >= (wanted ?? 6)) return withExponent(mantissa, power);
  return plainDigits(mantissa, power);
}

export function formatInfinite(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

/** Go rounds a number that lies exactly between two to the even digit, JavaScript up. */
function roundedExponential(value: number, precision: number): string {
  const exact = value.toExponential(100);
  const [digits = "", exponent = ""] = exact.split("e");
  if (!isTieToEven(digits, precision)) return value.toExponential(precision);
  const kept = digits.slice(0, digits.indexOf(".") + 1 + precision).replace(/\.$/, "");
  return `${kept}e${exponent}`;
}

/** Whether the digits after `precision` are exactly a half and the one before is even. */
function isTieToEven(exact: string, precision: number): boolean {
  const point = exact.indexOf(".");
  const last = exact[point + precision] === "." ? exact[point - 1] : exact[point + precision];
  return /^50*$/.test(exact.slice(point + 1 + precision)) && Number(last) % 2 === 0;
}

function truncated(value: number, precision: number): string {
  const exact = value.toFixed(100);
  return exact.slice(0, exact.indexOf(".") + 1 + precision).replace(/\.$/, "");
}

function withExponent(mantissa: string, power: number): string {
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

function plainDigits(mantissa: string, power: number): string {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, "0");
  const fraction = digits.slice(power + 1);
  return sign + whole + (fraction ? `.${fraction}` : "");
}
