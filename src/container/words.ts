const split = (text: string) => text.trim().split(/\s+/);

/** First words of generated names: moods and manners, none of them unkind. */
export const ADJECTIVES = split(`
  able airy alert ample astute awake balmy blithe bold brave breezy bright brisk calm candid
  careful cheery chirpy civil clear clever cosmic cosy crisp curious daring dapper deft devoted
  droll eager earnest easy elated epic fair fearless festive fleet fluent fond frank free fresh
  gallant genial gentle gifted glad golden graceful grand handy hardy hearty honest hopeful humble
  ideal jaunty jolly jovial joyful keen kind lively loyal lucid lucky lunar mellow merry mighty
  mindful modest neat nimble noble patient peaceful placid playful plucky polite prompt proud quick
  quiet radiant rapid ready robust rosy serene sharp sincere sleek smart solar solid spry stellar
  steady sturdy subtle sunny super swift tender tidy tranquil trusty upbeat valiant vast vivid warm
  wise witty zany zealous zesty
`);

/** Second words: people of science, engineering and mathematics. */
export const SURNAMES = split(`
  abel ampere anning archimedes avogadro babbage banneker bardeen becquerel bernoulli bessel bohr
  boltzmann boole born bose brahe cantor carnot carson cauchy cavendish chandrasekhar chebyshev
  cherenkov clarke clausius copernicus coriolis coulomb crick curie dalton darwin dedekind dirac
  doppler edison ehrenfest einstein eratosthenes erdos euclid euler faraday fermat fermi feynman
  fibonacci fourier franklin fresnel galileo galois gauss germain gibbs goedel goodall hadamard
  halley hamilton hawking heisenberg hermite herschel hertz hilbert hodgkin hooke hopper hubble
  huygens hypatia jacobi johnson joliot joule kepler khayyam kirchhoff knuth kovalevskaya lagrange
  lamarr landau laplace lavoisier leavitt lebesgue legendre leibniz lovelace mandelbrot markov
  maxwell mcclintock meitner mendel mendeleev mercator minkowski mirzakhani moebius morse napier
  nash newton nightingale nobel noether ohm oppenheimer oresme pascal pasteur pauli payne peano
  perlman planck poincare poisson ptolemy pythagoras raman ramanujan rayleigh riemann rubin
  rutherford sagan schroedinger shannon somerville stokes tesla thales tharp torricelli turing
  volta wallis weierstrass wiles wing wu yalow yukawa
`);
