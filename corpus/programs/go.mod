module corpus

// The oldest release that these programs are built with.
go 1.21
